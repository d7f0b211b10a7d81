"""The words of a report that is taken away, in Chinese and English (pure). The console has its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cti_server.recording.qa.reports.model import By, Report


@dataclass(frozen=True, slots=True)
class Words:
    """Titles of the reports, heads of their columns, over what they are taken, and what the figures mean."""

    titles: Mapping[Report, str]
    columns: Mapping[str, str]
    by: Mapping[By, str]
    meaning: Mapping[Report, str]
    period: str
    none: str
    page: str
    definitions: str


_SCORE_ZH = "得分 = Σ（权重 × 得分 ÷ 满分）÷ Σ 适用题目的权重 × 100；一票否决为 0 分。有复核的以复核分为准。"
_SCORE_EN = (
    "Score = 100 × Σ (weight × points / max) / Σ weight of the questions that apply; a critical failure makes it 0."
    " Where there is a re-check, it counts."
)
CHINESE: Final = Words(
    titles={
        Report.SCORES: "质检评分报表",
        Report.GRADERS: "质检员工作量报表",
        Report.RECORDINGS: "录音报表",
        Report.TREND: "质检得分趋势",
    },
    columns={
        "label": "", "evaluations": "评分数", "score": "平均分", "lowest": "最低分", "failed": "否决率",
        "disputed": "申诉率", "changed": "改判率", "acknowledged": "确认率", "rechecks": "复核数",
        "calibrations": "校准数", "heard": "评听时长", "taken": "每份用时（中位数）", "off": "与复核分差",
        "recordings": "录音数", "seconds": "录音时长", "scored": "已评分", "coverage": "评分覆盖率",
        "silence": "静音占比", "talk_over": "抢话占比", "longest_silence": "最长静音", "week": "周（周一）",
    },
    by={
        By.AGENT: "坐席", By.TEAM: "班组", By.QUEUE: "队列", By.GRADER: "质检员", By.FORM: "评分表",
        By.QUESTION: "评分项", By.WEEK: "周（周一）",
    },
    meaning={
        Report.SCORES: _SCORE_ZH + "按提交时间统计，校准不计入。否决率、申诉率、改判率、确认率均为占评分数的比例。",
        Report.GRADERS: "评听时长为所评录音的总时长；每份用时为从开始到提交的中位数；与复核分差为本人评分与复核分"
                        "之差的平均绝对值。申诉率、改判率为占本人评分数的比例。",
        Report.RECORDINGS: "按录音开始时间统计，含已到期删除的录音；评分覆盖率 = 已评分 ÷ 录音数；静音、抢话占比为"
                           "占录音时长的比例。",
        Report.TREND: _SCORE_ZH + "按提交时间所在的周统计。",
    },
    period="{since} 至 {until}",
    none="（无）",
    page="第 {n} 页，共 {of} 页",
    definitions="指标说明",
)  # fmt: skip
ENGLISH: Final = Words(
    titles={
        Report.SCORES: "Quality scores",
        Report.GRADERS: "Output of graders",
        Report.RECORDINGS: "Recordings",
        Report.TREND: "Trend of quality scores",
    },
    columns={
        "label": "", "evaluations": "Scores", "score": "Mean score", "lowest": "Lowest", "failed": "Failed",
        "disputed": "Disputed", "changed": "Changed", "acknowledged": "Acknowledged", "rechecks": "Re-checks",
        "calibrations": "Calibrations", "heard": "Heard", "taken": "Median time per score",
        "off": "Distance to re-check", "recordings": "Recordings", "seconds": "Length", "scored": "Scored",
        "coverage": "Coverage", "silence": "Silence", "talk_over": "Talk-over", "longest_silence": "Longest silence",
        "week": "Week of",
    },
    by={
        By.AGENT: "Agent", By.TEAM: "Team", By.QUEUE: "Queue", By.GRADER: "Grader", By.FORM: "Form",
        By.QUESTION: "Question", By.WEEK: "Week of",
    },
    meaning={
        Report.SCORES: _SCORE_EN + " By the time of submitting; calibrations do not count. Failed, disputed,"
                       " changed and acknowledged are shares of the scores.",
        Report.GRADERS: "Heard is the length of what was scored. The time per score runs from beginning to submitting."
                        " The distance to the re-check is the mean absolute difference. Disputed and changed are shares"
                        " of the grader's own scores.",
        Report.RECORDINGS: "By the beginning of the recording; those deleted since count too. Coverage = scored /"
                           " recordings. Silence and talk-over are shares of the recorded time.",
        Report.TREND: _SCORE_EN + " By the week of submitting.",
    },
    period="{since} to {until}",
    none="(none)",
    page="page {n} of {of}",
    definitions="What the figures mean",
)  # fmt: skip
WORDS: Final[Mapping[str, Words]] = {"zh-CN": CHINESE, "en": ENGLISH}
