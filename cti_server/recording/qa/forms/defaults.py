"""The forms that a house begins with, in Chinese and English (pure). They are copied and then its own."""

from typing import Final

from cti_server.recording.qa.forms.model import Choice, Form, Kind, Machine, Measure, Question, Section

_TEXTS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "zh-CN": {
        "intro": ("先完整听完录音，再逐题评分。扣分请写明依据，并标出录音中的时刻。",),
        "sections": ("声音与态度", "服务技巧", "业务知识", "客户与时长"),
        "voice": ("嗓音是否清晰、音量适中？", "吐字清楚，音量稳定，听着舒服。", "声音饱满，句句听得清。",
                  "含糊、过轻，或离话筒忽远忽近。"),
        "tone": ("语气与态度是否亲切、尊重？", "礼貌用语自然，不争辩、不打断、不推诿。", "“您别着急，我马上帮您查。”",
                 "“这个我们管不了。”"),
        "rate": ("语速是否得当？", "系统按语速（音节/秒）预填，以实际听感为准。", "与客户的语速相称。",
                 "一口气念完，客户来不及听。"),
        "talkOver": ("是否避免抢话？", "系统按双方同时说话的时长预填。", "等客户说完再回应。", "客户说话时插话。"),
        "opening": ("开场白与结束语是否规范？", "报公司名和工号，结束前确认还有无其他需要。",
                 "“请问还有其他可以帮您的吗？”",
                    "没有结束语就挂断。"),
        "listening": ("是否倾听并确认客户的需求？", "复述要点，问清关键信息。",
                 "“您是说三月那张发票的抬头错了，对吗？”",
                      "没听完就给答案。"),
        "silence": ("是否避免长时间冷场？", "系统按最长静音预填。查询前先说明，超过 30 秒要回应。",
                 "“请稍等，我查一下，大约半分钟。”",
                    "一言不发让客户干等。"),
        "privacy": ("是否核对身份、保护客户信息？", "未核对身份就透露资料，一票否决。", "先核对再办理。",
                 "直接报出客户的住址。"),
        "knowledge": ("答复是否正确、完整？", "对照知识库。", "一次说清条件、步骤和时限。",
                 "答错，或让客户再打一次。"),
        "promise": ("有无不当承诺？", "承诺公司做不到的事，一票否决。", "“我为您登记，两个工作日内回复。”",
                 "“保证今天到账。”"),
        "satisfied": ("客户是否满意？", "以客户的话和语气为准。", "客户致谢。", "客户抱怨或要求投诉。"),
        "length": ("通话时长是否合适？", "系统按时长预填：既不草率，也不拖沓。", "", ""),
        "summary": ("总体评语与改进建议", "", "", ""),
        "yes": ("满意", "一般", "不满意"),
    },
    "en": {
        "intro": ("Hear the whole call first, then score. Say why points are lost, and mark the moment.",),
        "sections": ("Voice and attitude", "Service skill", "Business knowledge", "Customer and length"),
        "voice": ("Is the voice clear and of a good volume?", "Clear words, steady volume, pleasant to hear.",
                  "Every sentence is understood.", "Mumbled, too soft, or now near and now far."),
        "tone": ("Are tone and attitude kind and respectful?",
                 "Polite in a natural way; does not argue, interrupt or shift blame.",
                 "“Don't worry, I'll look that up for you now.”", "“That's not our business.”"),
        "rate": ("Is the speech rate right?", "Filled in from the rate in syllables per second; your ear decides.",
                 "Matches the customer's pace.", "Rattled off; the customer cannot follow."),
        "talkOver": ("Does the agent let the customer finish?",
                     "Filled in from the time in which both spoke at once.", "Waits, then answers.",
                     "Speaks into the customer's sentence."),
        "opening": ("Are greeting and closing as agreed?", "Company and name; asks for anything else before the end.",
                    "“Is there anything else I can do for you?”", "Hangs up without a word."),
        "listening": ("Does the agent listen and confirm the need?", "Repeats the point, asks what is missing.",
                      "“So the name on the March invoice is wrong, is that right?”",
                      "Answers before the question is heard."),
        "silence": ("Are long silences avoided?",
                    "Filled in from the longest silence. Announce a look-up; speak again within 30 seconds.",
                    "“One moment, this takes half a minute.”", "Leaves the customer waiting without a word."),
        "privacy": ("Is identity checked and data protected?", "Data given away without a check fails the call.",
                    "Checks, then helps.", "Reads out the address at once."),
        "knowledge": ("Is the answer right and complete?", "Compare with the knowledge base.",
                      "Conditions, steps and time in one go.", "Wrong, or the customer has to call again."),
        "promise": ("Are there no improper promises?", "A promise that the house cannot keep fails the call.",
                    "“I have noted it; you will hear within two days.”", "“The money will be there today.”"),
        "satisfied": ("Is the customer satisfied?", "By what the customer says and how.", "The customer says thanks.",
                      "The customer complains."),
        "length": ("Is the length of the call right?", "Filled in from the length: neither hasty nor drawn out.", "",
                   ""),
        "summary": ("Summary and advice", "", "", ""),
        "yes": ("Satisfied", "Neutral", "Not satisfied"),
    },
}  # fmt: skip
LANGUAGES: Final = tuple(_TEXTS)


def default_form(language: str) -> Form:
    """The form to begin with, in one of LANGUAGES. Raises KeyError."""
    texts = _TEXTS[language]

    def ask(key: str, kind: Kind, weight: float, **more: object) -> Question:
        text, guidance, good, bad = texts[key]
        told = {
            "key": key,
            "text": text,
            "kind": kind,
            "weight": weight,
            "guidance": guidance,
            "good": good,
            "bad": bad,
        }
        return Question(**{**told, **more})  # type: ignore[arg-type]

    scale = {"max": 5.0, "comment_under": 0.6}
    satisfied = [Choice(text, points) for text, points in zip(texts["yes"], (2.0, 1.0, 0.0), strict=True)]
    voice = [
        ask("voice", Kind.SCALE, 8, **scale),
        ask("tone", Kind.SCALE, 15, **scale),
        ask("rate", Kind.YES_NO, 6, machine=Machine(Measure.AGENT_RATE, 2.5, 5.5)),
        ask("talkOver", Kind.YES_NO, 6, machine=Machine(Measure.TALK_OVER, None, 5.0)),
    ]
    skill = [
        ask("opening", Kind.YES_NO, 8),
        ask("listening", Kind.SCALE, 12, **scale),
        ask("silence", Kind.YES_NO, 6, machine=Machine(Measure.LONGEST_SILENCE, None, 30.0)),
        ask("privacy", Kind.YES_NO, 8, critical=True, comment_under=1.0),
    ]
    knowledge = [
        ask("knowledge", Kind.SCALE, 18, **scale, allow_na=False),
        ask("promise", Kind.YES_NO, 5, critical=True, comment_under=1.0),
    ]
    customer = [
        ask("satisfied", Kind.CHOICE, 5, choices=satisfied),
        ask("length", Kind.YES_NO, 3, machine=Machine(Measure.LENGTH, 20.0, 600.0)),
        ask("summary", Kind.TEXT, 0),
    ]
    parts = zip(texts["sections"], (voice, skill, knowledge, customer), strict=True)
    return Form([Section(title, questions) for title, questions in parts], intro=texts["intro"][0])
