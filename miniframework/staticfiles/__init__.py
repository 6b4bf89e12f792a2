"""Where a project's static files lie: the setting STATICFILES_DIRS and each app's static/.

The framework only knows where they are. To send them is step 1 of the trip, the web
server's: `runserver` tells it the folders.

Django: https://docs.djangoproject.com/en/5.2/ref/contrib/staticfiles/
"""
