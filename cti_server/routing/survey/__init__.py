"""Surveys after the call: questions that are answered by keys, and what came of them (CSAT, NPS).

Tables: survey, survey_answer; view report_routing_survey.
"""
