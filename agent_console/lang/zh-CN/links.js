/** Texts in Chinese: links. */
export default {
  "links.title": "PBX 链路",
  "links.none": "未配置 PBX",
  "links.noneText": "在配置文件的 [[pbx]] 中添加。",
  "links.up": "正常",
  "links.down": "中断",
  "links.since": "自",
  "links.version": "版本",
  "links.address": "地址",
  "links.calls": "通话",
  "links.agents": "坐席",
  "links.queues": "队列",
  "links.events_per_second": "事件/秒",
  "links.reconnects": "重连次数",
};
