"""Quality: calls are drawn, heard, scored on a form, told to the agent, disputed, compared and reported.

Tables: qa_form, qa_form_version, qa_evaluation, qa_revision, qa_answer, qa_dispute, qa_coaching, qa_library, qa_plan,
qa_task, qa_draw, qa_calibration, qa_calibration_grader. Sends `qa.changed` to the agent's own topic. Reads recordings
through their service, so that nobody scores what he may not hear.
"""
