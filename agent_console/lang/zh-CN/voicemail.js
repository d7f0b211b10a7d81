/** Texts in Chinese: voicemail. */
export default {
  "voicemail.title": "语音留言",
  "voicemail.fresh": "{n} 条新留言",
  "voicemail.new": "新",
  "voicemail.none": "没有留言",
  "voicemail.noneText": "来电者给队列的留言会显示在这里。",
  "voicemail.listen": "收听",
  "voicemail.player": "{number} 的留言",
  "view.voicemail": "留言",
  "error.no_such_voicemail": "没有这条留言。",
  "error.voicemail_over": "该留言已经处理完毕。",
};
