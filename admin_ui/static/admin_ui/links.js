// Links in mails are fragments of the dashboard's address, such as /_/#/auth/confirm-verification/TOKEN. No
// server ever sees a fragment, so this leads them to their pages: /_/confirm-verification/#TOKEN.
//
// No module, because a module would run after the page it is on has been shown.
"use strict";
{
  const PAGES = new Map([
    ["auth/confirm-verification", "confirm-verification"],
    ["auth/confirm-password-reset", "confirm-password-reset"],
    ["auth/confirm-email-change", "confirm-email-change"],
    ["auth/oauth2-redirect-success", "oauth2-redirect-success"],
    ["auth/oauth2-redirect-failure", "oauth2-redirect-failure"],
    ["pbinstall", "first-superuser"],
  ]);
  const LINK = /^#\/(auth\/[\w-]+|pbinstall)(?:\/(.*))?$/;
  const dashboard = new URL("../../", document.currentScript.src);

  const follow = () => {
    const [, name, token = ""] = LINK.exec(location.hash) ?? [];
    const page = PAGES.get(name);
    if (!page) return false;
    // In place of this entry of the history, from which one would be sent on again.
    location.replace(new URL(`${page}/#${token}`, dashboard));
    return true;
  };

  document.documentElement.hidden = follow();
  addEventListener("hashchange", follow);
}
