/** Texts in Chinese: shell. */
export default {
  "product.name": "CTI 呼叫中心",

  "language.code": "zh-CN",
  "language.zh-CN": "中文",
  "language.en": "英语",

  "loading": "正在加载…",
  "loading.live": "正在接收实时数据…",

  "nav.skip": "跳到正文",
  "nav.pages": "页面",
  "nav.language": "语言",

  "page.agent": "坐席工作台",
  "page.supervisor": "班长台",
  "page.history": "通话记录",
  "page.recordings": "录音",
  "page.wallboard": "大屏",
  "page.admin": "系统管理",

  "role.agent": "坐席",
  "role.supervisor": "班长",
  "role.qa": "质检",
  "role.admin": "管理员",

  "roleHint.agent": "接听电话，处理客户资料",
  "roleHint.supervisor": "查看坐席、队列和全部通话",
  "roleHint.qa": "查看通话记录",
  "roleHint.admin": "管理用户、坐席与 PBX",

  "action.apply": "应用",
  "action.busy": "请稍候…",
  "action.cancel": "取消",
  "action.changePassword": "修改密码",
  "action.close": "关闭",
  "action.edit": "编辑",
  "action.save": "保存",
  "action.saving": "正在保存…",
  "action.signIn": "登录",
  "action.signOut": "退出登录",
  "action.tryAgain": "重试",
  "action.tryNow": "立即重试",

  "connection.live": "实时",
  "connection.connecting": "连接中…",
  "connection.waiting": "连接已断开",
  "connection.ended": "已退出",
  "connection.linkDown": "PBX 链路中断",
  "connection.lost": "与服务器的连接已断开。",
  "connection.retryIn": "{n} 秒后重试",
  "connection.trying": "正在重新连接…",
  "connection.staleSince": "自 {time} 起数据已过时",
  "connection.pbxDown": "与 PBX {pbx} 的链路已中断。",
  "connection.databaseDown": "数据库暂时不可用：通话与实时画面不受影响，历史与客户资料稍后恢复。",
  "connection.signedOut": "您已退出登录或会话已结束。",

  "failure.title": "页面暂时无法打开",

  "noAccess.title": "没有访问权限",
  "noAccess.text": "{name}，此页面不在您的权限范围内。",
  "noAccess.home": "回到我的首页",

  "paging.label": "翻页",
  "paging.back": "上一页",
  "paging.next": "下一页",
  "paging.page": "第 {n} 页",

  "view.label": "显示内容",
  "view.queues": "队列",
  "view.agents": "坐席",
  "view.calls": "通话",
  "view.lost": "未接",
  "page.monitoring": "监控记录",
};
