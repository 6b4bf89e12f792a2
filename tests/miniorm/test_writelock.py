import threading

import pytest

from miniorm.backends.writelock import WriteLock
from miniorm.errors import OperationalError


@pytest.fixture
def database(tmp_path):
    return str(tmp_path / "test.db")


@pytest.fixture
def lock(database):
    lock = WriteLock(database)
    yield lock
    lock.close()


class Other:
    """A thread that takes its turn with a lock of its own, and gives it up when told."""

    def __init__(self, database):
        self.lock = WriteLock(database)
        self.has_it, self.may_go = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        self.lock.acquire()
        self.has_it.set()
        self.may_go.wait(10)
        self.lock.release()

    def leave(self):
        self.may_go.set()
        self.thread.join(10)
        self.lock.close()


@pytest.mark.timeout(10)
def test_a_second_writer_has_its_turn_when_the_first_is_done(lock, database):
    lock.acquire()
    other = Other(database)
    assert not other.has_it.wait(0.02)
    lock.release()
    assert other.has_it.wait(5)
    other.leave()


@pytest.mark.timeout(10)
def test_whoever_waits_does_so_until_the_other_has_left(lock, database):
    other = Other(database)
    assert other.has_it.wait(5)
    threading.Timer(0.02, other.may_go.set).start()
    lock.acquire()
    assert other.may_go.is_set()
    assert lock.held
    other.leave()


@pytest.mark.timeout(10)
def test_a_lock_can_be_taken_again(lock):
    for _ in range(2):
        lock.acquire()
        assert lock.held
        lock.release()
        assert not lock.held


@pytest.mark.timeout(10)
def test_a_thread_that_would_wait_for_itself_is_told(lock, database):
    lock.acquire()
    with pytest.raises(OperationalError, match="wait for itself"):
        WriteLock(database).acquire()
    lock.release()
    second = WriteLock(database)
    second.acquire()
    second.close()


@pytest.mark.timeout(10)
def test_two_names_of_one_file_are_one_queue(lock, database, tmp_path):
    (tmp_path / "link.db").symlink_to(database)
    lock.acquire()
    with pytest.raises(OperationalError, match="wait for itself"):
        WriteLock(str(tmp_path / "link.db")).acquire()


@pytest.mark.timeout(10)
def test_a_database_in_memory_needs_no_turn(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    locks = [WriteLock(":memory:"), WriteLock(":memory:")]
    for each in locks:
        each.acquire()
        assert each.held
    for each in locks:
        each.release()
        assert not each.held
    assert list(tmp_path.iterdir()) == []


@pytest.mark.timeout(10)
def test_closing_ends_the_turn_and_leaves_the_file(lock, tmp_path, database):
    lock.acquire()
    lock.close()
    other = Other(database)
    assert other.has_it.wait(5)
    other.leave()
    assert (tmp_path / "test.db.lock").exists()


def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(OperationalError, match="writers queue, cannot be opened"):
        WriteLock(str(tmp_path / "nowhere" / "test.db")).acquire()


@pytest.mark.timeout(10)
def test_what_the_parent_wrote_to_at_the_fork_is_lost_to_the_child(lock, monkeypatch):
    monkeypatch.setattr(WriteLock, "_lost", {lock.path})
    with pytest.raises(OperationalError, match=r"fork outside atomic\(\)"):
        lock.acquire()
    assert not lock.held
