from cti_server.core.metrics import Metrics


def test_two_servers_in_one_process_do_not_share_figures() -> None:
    one, other = Metrics(), Metrics()
    one.ami_events.labels("pbx1").inc(3)
    assert 'cti_ami_events_total{pbx="pbx1"} 3.0' in one.render().decode()
    assert "pbx1" not in other.render().decode()


def test_a_watched_value_is_asked_for_when_read() -> None:
    metrics = Metrics()
    depth = [0]
    metrics.watch("cti_journal_depth", "Rows that wait for the database.", lambda: depth[0])
    depth[0] = 7
    assert "cti_journal_depth 7.0" in metrics.render().decode()
