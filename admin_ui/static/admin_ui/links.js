// Links in mails are fragments of the dashboard's address, such as /_/#/auth/confirm-verification/TOKEN. No
// server ever sees a fragment, so this leads them to their pages: /_/confirm-verification/#TOKEN.
//
// No module, because a module would run after the page it is on has been shown.
"use strict";
{
  const LINK =
    /^#\/(?:auth\/(confirm-verification|confirm-password-reset|confirm-email-change|oauth2-redirect-success|oauth2-redirect-failure)|pbinstall)(?:\/(.*))?$/;
  const dashboard = new URL("../../", document.currentScript.src);

  const follow = () => {
    const link = LINK.exec(location.hash);
    if (!link) return false;
    const [, page = "first-superuser", token = ""] = link;
    // In place of this entry of the history, from which one would be sent on again.
    location.replace(new URL(`${page}/#${token}`, dashboard));
    return true;
  };

  document.documentElement.hidden = follow();
  addEventListener("hashchange", follow);
}
