"""Giving up root: whom a worker becomes before it runs any code of the application.

Beside the trip. Root is needed to open port 443 and to write a log in /var/log; the master
does both, and stays what it was. A mistake in an application then costs what its user may do,
and not the machine.

In Gunicorn: util.set_owner_process.  In Nginx: the directive `user`.
"""

import grp
import os
import pwd
import stat
from typing import NamedTuple


class RightsError(Exception):
    """These rights cannot be had; the message says why."""


class Identity(NamedTuple):
    """Whom to become."""

    uid: int
    gid: int
    name: str  # "" for a number that is nobody's: it is in no other groups

    def become(self) -> None:
        """For good: there is no way back. The groups first, since the user may not change them."""
        if os.geteuid() == 0:
            if self.name:
                os.initgroups(self.name, self.gid)
            else:
                os.setgroups([self.gid])
        os.setgid(self.gid)
        os.setuid(self.uid)


def give_log(path: str, owner: Identity) -> None:
    """Have the log file at `path` there, and its new owner's.

    The workers must be able to open it anew, also in a folder in which only we may make files.
    Where others may, they make it themselves: a link that one of them puts in its place, at the
    right moment, would have us give away the file that it leads to.
    """
    folder = os.stat(os.path.dirname(os.path.abspath(path)))
    if folder.st_uid != os.geteuid() or folder.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags, 0o644)
    except OSError:
        return  # a link, or a pipe that nobody reads: whoever put it there has thought of it
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.fchown(descriptor, owner.uid, owner.gid)
    finally:
        os.close(descriptor)


def identity(user: str | None, group: str | None) -> Identity | None:
    """Whom `--user` and `--group` mean: names or numbers; None where nothing is to change."""
    if user is None and group is None:
        return None
    entry = _entry(user)
    uid = entry.pw_uid if entry else int(user or os.geteuid())
    gid = entry.pw_gid if entry else os.getegid()
    if group is not None:
        gid = int(group) if group.isdecimal() else grp.getgrnam(group).gr_gid
    if os.geteuid() != 0 and (uid, gid) != (os.geteuid(), os.getegid()):
        raise RightsError("--user and --group: only root may become somebody else")
    return Identity(uid, gid, entry.pw_name if entry else "")


def _entry(user: str | None) -> pwd.struct_passwd | None:
    try:
        if user is None:
            return pwd.getpwuid(os.geteuid())
        return pwd.getpwuid(int(user)) if user.isdecimal() else pwd.getpwnam(user)
    except KeyError:
        return None
