"""Whom a worker becomes. Only root may try, in a process that ends with it."""

import grp
import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ROOT
from wsgi.rights import Identity, RightsError, give_log, identity

NOBODY = pwd.getpwnam("nobody")


def test_nothing_is_to_change_where_nothing_is_asked() -> None:
    assert identity(None, None) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
@pytest.mark.parametrize(
    ("user", "group", "expected"),
    [
        ("nobody", None, Identity(NOBODY.pw_uid, NOBODY.pw_gid, "nobody")),
        (str(NOBODY.pw_uid), "0", Identity(NOBODY.pw_uid, 0, "nobody")),
        ("nobody", "root", Identity(NOBODY.pw_uid, 0, "nobody")),
        ("54321", "54322", Identity(54321, 54322, "")),
        (None, "54322", Identity(0, 54322, "root")),
    ],
)
def test_names_and_numbers_are_understood(user, group, expected: Identity) -> None:
    if group == "root" and grp.getgrgid(0).gr_name != "root":
        pytest.skip("the group 0 has another name here")
    assert identity(user, group) == expected


def test_who_is_not_root_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(RightsError, match="only root"):
        identity("54321", None)


def test_a_group_alone_leaves_the_user_who_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 54321)  # as in a container
    monkeypatch.setattr(os, "getegid", lambda: 54322)
    assert identity(None, "54322") == Identity(54321, 54322, "")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_there_is_no_way_back() -> None:
    code = """
import os
from wsgi.rights import identity
identity("nobody", None).become()
print(os.getresuid(), os.getresgid(), 0 in os.getgroups())
try:
    os.setuid(0)
except PermissionError:
    print("no way back")
"""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30
    )
    ids = (NOBODY.pw_uid,) * 3, (NOBODY.pw_gid,) * 3
    assert result.stdout == f"{ids[0]} {ids[1]} False\nno way back\n", result.stderr


def test_no_link_has_a_file_given_away(tmp_path: Path) -> None:
    owner = Identity(os.geteuid(), os.getegid(), "")
    log, secret = tmp_path / "log", tmp_path / "secret"
    tmp_path.chmod(0o755)
    give_log(str(log), owner)
    assert log.exists()
    log.unlink()
    log.symlink_to(secret)
    give_log(str(log), owner)
    assert not secret.exists()
    log.unlink()
    tmp_path.chmod(0o777)  # where others may make files, they make it
    give_log(str(log), owner)
    assert not log.exists()
