"""How every recorded talk ends, read off its time line: calls with their segments and lengths in seconds, agents."""

END_STATES = {
    "16/s02_queue_answer_callerhangup": """
        call inbound 13800001111 answered
          queue support answered 0.31
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 1.00
        agent 1001 ready
    """,
    "16/s05_pause": """
        agent 1001 ready
    """,
    "16/s07b_blindxfer_ami": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support transferred 0.50
          ring PJSIP/1002 answered 0.30
          talk PJSIP/1002 cleared 0.50
        agent 1001 ready
        agent 1002 loggedOff
    """,
    "16/s09_confbridge_3way": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support redirected 0.40
          conference PJSIP/1001 support cleared 3.61
        call internal 8001 answered
          ring PJSIP/1002 answered 0.30
          conference PJSIP/1002 cleared 3.11
        agent 1001 ready
        agent 1002 loggedOff
    """,
    "16/s12_originate": """
        call outbound 13700003333 answered
          ring PJSIP/1001 answered 0.30
          talk PJSIP/1001 cleared 1.00
        call outbound 13700003334 busy
          ring PJSIP/1001 answered 0.30
        call internal - busy
          ring PJSIP/1001 rejected 0.00
        call internal - noAnswer
          ring PJSIP/1001 noAnswer 3.00
        call internal - noAnswer
          ring PJSIP/1001 rejected 0.00
        call outbound 13700003337 noAnswer
          ring PJSIP/1001 answered 0.20
        call internal - notQueued
          ring PJSIP/1001 answered 0.20
          conference PJSIP/1001 cleared 0.30
        agent 1001 loggedOff
    """,
    "16/s15_reconnect_midcall_1": """
        call inbound 13800001111 established
          queue sales answered 0.30
          ring PJSIP/1001 sales answered 0.30
          talk PJSIP/1001 sales open -
        call inbound 13900002222 queued
          queue sales open -
        agent 1001 busy
        waiting sales 13900002222 1
    """,
    "16/s15_reconnect_midcall_2": """
        call inbound 13900002222 busy
          ring PJSIP/1001 sales rejected 0.30
        agent 1001 ready
    """,
    "16/s07a_blindxfer_sip_refer": """
        call inbound 13800001111 answered
          queue support answered 0.31
          ring PJSIP/1001 support answered 0.31
          talk PJSIP/1001 support transferred 0.50
          ring PJSIP/1002 answered 0.31
          talk PJSIP/1002 cleared 1.13
        agent 1001 ready
        agent 1002 loggedOff
    """,
    "16/s08a_atxfer_ami_complete": """
        call inbound 13800001111 answered
          queue support answered 0.31
          ring PJSIP/1001 support answered 0.31
          talk PJSIP/1001 support transferred 4.92 held 4.01
          ring PJSIP/1002 answered 0.31
          talk PJSIP/1002 cleared 2.05
        agent 1001 ready
        agent 1002 loggedOff
    """,
    "16/s08c_atxfer_sip_replaces": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support transferred 1.52 held 1.02
          talk PJSIP/1002 cleared 1.13
        call internal 1001 merged
          ring PJSIP/1002 answered 0.33
          talk PJSIP/1002 transferred 0.69
          talk PJSIP/1001 transferred 0.69
        agent 1001 ready
        agent 1002 loggedOff
    """,
    "16/s10a_chanspy_listen": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 3.12
        call internal 1001 notQueued
          ring PJSIP/1004 answered 0.34
        agent 1001 ready
        agent 1004 loggedOff
    """,
    "16/s10b_chanspy_whisper": """
        call inbound 13800001111 answered
          queue support answered 0.31
          ring PJSIP/1001 support answered 0.31
          talk PJSIP/1001 support cleared 2.59
        call internal 1001 notQueued
          ring PJSIP/1004 answered 0.30
        agent 1001 ready
        agent 1004 loggedOff
    """,
    "16/s10c_chanspy_barge": """
        call inbound 13800001111 answered
          queue support answered 0.31
          ring PJSIP/1001 support answered 0.31
          talk PJSIP/1001 support cleared 2.01
        call internal 1001 notQueued
          ring PJSIP/1004 answered 0.30
        agent 1001 ready
        agent 1004 loggedOff
    """,
    "16/s13_park": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support redirected 0.50
          park answered 0.84
          talk PJSIP/1002 cleared 1.12
        call internal 1002 merged
        agent 1001 ready
        agent 1002 loggedOff
    """,
    "22/s01_login_status": """
        agent 1001 ready
        agent 1002 ready
        agent 1003 ready
    """,
    "22/s01b_login_fail_md5": """
        agent 1001 unreachable
    """,
    "22/s01c_login_bad": """
    """,
    "22/s02_queue_answer_callerhangup": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 1.00
        agent 1001 ready
    """,
    "22/s02b_queue_answer_agenthangup": """
        call inbound 13800001111 answered
          queue support answered 0.31
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 0.70
        agent 1001 ready
    """,
    "22/s03_queue_abandon": """
        call inbound 13800001111 abandoned
          queue support abandoned 1.50
          ring PJSIP/1001 support abandoned 1.50
        agent 1001 ready
    """,
    "22/s03b_queue_abandon_noagents": """
        call inbound 13800001111 abandoned
          queue support abandoned 0.81
        call inbound 13900002222 abandoned
          queue support abandoned 1.59
    """,
    "22/s04_ringnoanswer": """
        call inbound 13800001111 answered
          queue support answered 6.31
          ring PJSIP/1001 support noAnswer 5.00
          ring PJSIP/1002 support answered 0.30
          talk PJSIP/1002 support cleared 0.70
        agent 1001 notReady RNA
        agent 1002 ready
    """,
    "22/s05_pause": """
        agent 1001 ready
    """,
    "22/s06_hold": """
        call inbound 13800001111 answered
          queue support answered 0.31
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 2.71 held 1.00
        agent 1001 ready
    """,
    "22/s07a_blindxfer_sip_refer": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support transferred 0.50
          ring PJSIP/1002 answered 0.30
          talk PJSIP/1002 cleared 1.00
        agent 1001 ready
        agent 1002 loggedOff
    """,
    "22/s07b_blindxfer_ami": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support transferred 0.50
          ring PJSIP/1002 answered 0.30
          talk PJSIP/1002 cleared 0.50
        agent 1001 ready
        agent 1002 loggedOff
    """,
    "22/s07c_redirect_to_other_queue": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support redirected 0.50
          queue sales answered 0.30
          ring PJSIP/1002 sales answered 0.30
          talk PJSIP/1002 sales cleared 0.50
        agent 1001 ready
        agent 1002 ready
    """,
    "22/s08a_atxfer_ami_complete": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support transferred 2.44 held 1.69
          ring PJSIP/1002 answered 0.30
          talk PJSIP/1002 cleared 2.51
        agent 1001 ready
        agent 1002 loggedOff
    """,
    "22/s08c_atxfer_sip_replaces": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support transferred 1.51 held 1.11
          talk PJSIP/1002 cleared 1.30
        call internal 1001 merged
          ring PJSIP/1002 answered 0.30
          talk PJSIP/1002 transferred 0.80
          talk PJSIP/1001 transferred 0.80
        agent 1001 ready
        agent 1002 loggedOff
    """,
    "22/s09_confbridge_3way": """
        call inbound 13800001111 answered
          queue support answered 0.31
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support redirected 0.40
          conference PJSIP/1001 support cleared 3.61
        call internal 8001 answered
          ring PJSIP/1002 answered 0.31
          conference PJSIP/1002 cleared 3.11
        agent 1001 ready
        agent 1002 loggedOff
    """,
    "22/s10a_chanspy_listen": """
        call inbound 13800001111 answered
          queue support answered 0.31
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 3.11
        call internal 1001 notQueued
          ring PJSIP/1004 answered 0.30
        agent 1001 ready
        agent 1004 loggedOff
    """,
    "22/s10b_chanspy_whisper": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 3.11
        call internal 1001 notQueued
          ring PJSIP/1004 answered 0.30
        agent 1001 ready
        agent 1004 loggedOff
    """,
    "22/s10c_chanspy_barge": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 3.12
        call internal 1001 notQueued
          ring PJSIP/1004 answered 0.31
        agent 1001 ready
        agent 1004 loggedOff
    """,
    "22/s10d_chanspy_dtmf_modes": """
        call inbound 13800001111 answered
          queue support answered 0.31
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 6.77
        call internal - notQueued
          ring PJSIP/1004 answered 0.30
        agent 1001 ready
        agent 1004 loggedOff
    """,
    "22/s11_mixmonitor": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 3.81
        agent 1001 ready
    """,
    "22/s12_originate": """
        call outbound 13700003333 answered
          ring PJSIP/1001 answered 0.30
          talk PJSIP/1001 cleared 1.00
        call outbound 13700003334 busy
          ring PJSIP/1001 answered 0.30
        call internal - busy
          ring PJSIP/1001 rejected 0.00
        call internal - noAnswer
          ring PJSIP/1001 noAnswer 3.00
        call internal - noAnswer
          ring PJSIP/1001 rejected 0.00
        call outbound 13700003337 noAnswer
          ring PJSIP/1001 answered 0.20
        call internal - notQueued
          ring PJSIP/1001 answered 0.20
          conference PJSIP/1001 cleared 0.30
        agent 1001 loggedOff
    """,
    "22/s13_park": """
        call inbound 13800001111 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support redirected 0.30
          park answered 0.02
          talk PJSIP/1002 cleared 0.99
        call internal 1002 merged
        agent 1001 ready
        agent 1002 loggedOff
    """,
    "22/s14_queue_exit_key": """
        call inbound 13800001111 leftQueue
          queue support exitKey 0.82
          ivr cleared 1.43
    """,
    "22/s15_reconnect_midcall_1": """
        call inbound 13800001111 established
          queue sales answered 0.30
          ring PJSIP/1001 sales answered 0.30
          talk PJSIP/1001 sales open -
        call inbound 13900002222 queued
          queue sales open -
        agent 1001 busy
        waiting sales 13900002222 1
    """,
    "22/s15_reconnect_midcall_2": """
        call inbound 13900002222 busy
          ring PJSIP/1001 sales rejected 0.30
        agent 1001 ready
    """,
    "22/s16_utf8_chanvars": """
        call inbound 075512345678 answered
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 0.50
        agent 1001 ready
    """,
    "22/s17_core_restart_now": """
        call inbound 13800001111 established
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support open -
        agent 1001 busy
    """,
    "22/s17_core_restart_now_2": """
    """,
    "22/s18_ivr_dtmf": """
        call inbound 13800001111 answered
          ivr open 0.83
          queue support answered 0.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 0.50
        agent 1001 ready
    """,
    "22/s19_fastagi_asyncagi": """
        call inbound 13800001111 abandoned
          ivr open 1.12
          queue support abandoned 1.11
        call inbound 13800001111 notQueued
          ivr cleared 1.16
    """,
    "22/s21_registration_status": """
        call inbound 13800001111 answered
          queue support answered 2.30
          ring PJSIP/1001 support answered 0.30
          talk PJSIP/1001 support cleared 0.40
        agent 1001 ready
    """,
    "22/s22_agent_to_agent_internal": """
        call internal 1001 answered
          ring PJSIP/1002 answered 0.30
          talk PJSIP/1002 cleared 0.50
          talk PJSIP/1001 cleared 0.50
        call outbound 13700001111 answered
          talk PJSIP/1001 cleared 0.50
        agent 1001 loggedOff
        agent 1002 loggedOff
    """,
    "22/s24_waiting_caller_redirected": """
        call inbound 13800001111 answered
          queue support redirected 0.50
          ring PJSIP/1002 answered 0.30
          talk PJSIP/1002 cleared 0.50
        agent 1002 loggedOff
    """,
    "22/s25_queue_timeout": """
        call inbound 13800001111 leftQueue
          queue support timedOut 3.00
    """,
    "22/s27_caller_cancel_before_answer_and_reject": """
        call internal 1002 noAnswer
          ring PJSIP/1001 abandoned 0.50
        call internal 1002 noAnswer
          ring PJSIP/1001 rejected 0.00
        agent 1001 loggedOff
        agent 1002 loggedOff
    """,
}
