"""`python manage.py COMMAND`: what is done to a project, beside serving it.

No step of the trip. A command is a module in management/commands/ of the framework or of an
installed app, with a class `Command` in it.

Django: https://docs.djangoproject.com/en/5.2/howto/custom-management-commands/
"""

from miniframework.management.base import BaseCommand, CommandError
from miniframework.management.run import call_command, execute_from_command_line

__all__ = ["BaseCommand", "CommandError", "call_command", "execute_from_command_line"]
