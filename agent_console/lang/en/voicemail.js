/** Texts in English: voicemail. */
export default {
  "voicemail.title": "Voicemail",
  "voicemail.fresh": "{n} new",
  "voicemail.new": "new",
  "voicemail.none": "No messages",
  "voicemail.noneText": "Messages that callers leave for a queue appear here.",
  "voicemail.listen": "Listen",
  "voicemail.player": "Message of {number}",
  "view.voicemail": "Voicemail",
  "error.no_such_voicemail": "There is no such message.",
  "error.voicemail_over": "This message is dealt with already.",
};
