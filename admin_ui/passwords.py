"""Changing one's own password in the dashboard: written as a record, so that checks and hooks see it."""

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpResponse, HttpResponseRedirect

from admin_ui.acting import account_record
from admin_ui.staff.members import member_of
from auth_app.superusers import SuperuserError, change_own_password


class ChangePassword(PasswordChangeView):
    """Ends the account's other sessions and its tokens; this session stays, under a new key."""

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        try:
            record = change_own_password(account_record(self.request), form.cleaned_data["new_password1"])
        except SuperuserError as error:
            form.add_error("new_password1", str(error))
            return self.form_invalid(form)
        member = member_of(self.request)
        if member is not None:
            member.record = record
        else:
            form.user.refresh_from_db()
        update_session_auth_hash(self.request, form.user)
        return HttpResponseRedirect(self.get_success_url())
