/** The first page: signs in and sends everybody where their work is. */

import { Api, ApiError } from "../core/api.js";
import { language, t } from "../core/i18n.js";
import { afterSignIn } from "../core/pages.js";
import { rememberedLanguage, root, setTitle, switchLanguage } from "../ui/app.js";
import { html, render, useEffect, useState } from "../ui/html.js";
import { Icon } from "../ui/icons.js";
import { Loading, Problem } from "../ui/parts.js";
import { LanguageSwitch, Mark } from "../ui/shell.js";
import { ChangePassword, SetUp, SignIn } from "../rooms/auth/sign_in.js";

/** @import { WhoJson } from "../core/shapes.js" */

// On this page nobody needs to be sent to sign in: he is here.
const api = new Api((url, init) => fetch(url, init), () => undefined);
const setupToken = new URLSearchParams(location.hash.slice(1)).get("setup");
// The token is good for one use; it shall not stay in the address bar or the history.
if (setupToken) history.replaceState(null, "", location.pathname);

function SignInPage() {
  const [who, setWho] = useState(/** @type {WhoJson | null} */ (null));
  const [state, setState] = useState(/** @type {"asking" | "known" | "out" | "failed"} */ (setupToken ? "out" : "asking"));
  const [error, setError] = useState(/** @type {unknown} */ (null));
  const [setUp, setSetUp] = useState(/** @type {"open" | "done" | "no"} */ (setupToken ? "open" : "no"));
  const [changed, setChanged] = useState(false);
  setTitle(setUp === "open" ? "setup.title" : "signIn.title");
  const ask = async () => {
    setState("asking");
    try {
      setWho(await api.get("me"));
      setState("known");
    } catch (failure) {
      if (failure instanceof ApiError && failure.status === 401) return setState("out");
      setError(failure);
      setState("failed");
    }
    return undefined;
  };
  useEffect(() => {
    if (!setupToken) ask();
  }, []);
  const forced = Boolean(who && (who.must_change_password ?? who.user.must_change_password));
  const wantsPassword = state === "known" && !changed && (forced || location.hash === "#password");
  useEffect(() => {
    if (state === "known" && who && !wantsPassword) leave(who);
  }, [state, who, wantsPassword]);
  const signedIn = (/** @type {WhoJson} */ now) => {
    setWho(now);
    setState("known");
    if (now.user.language !== language.value) switchLanguage(language.value, api);
  };
  return html`<div class="sign-page"><aside class="sign-aside"><span class="mark"><${Mark} /><span>${t("product.name")}</span></span>
      <div class="sign-claim"><p class="sign-title">${t("signIn.claim")}</p><p>${t("signIn.claimText")}</p><${Example} />
        <ul>${["headset", "users", "board"].map((icon) => html`<li key=${icon}><${Icon} name=${icon} size=${20} />${t(`signIn.point.${icon}`)}</li>`)}</ul></div></aside>
    <div class="sign-side"><header class="sign-head"><${LanguageSwitch} api=${state === "known" ? api : null} /></header>
      <main id="main" class="sign-main">
        ${setUp === "done" && html`<p class="problem good" role="status"><${Icon} name="check" /><span>${t("setup.done")}</span></p>`}
        ${state === "asking" || (state === "known" && !wantsPassword) ? html`<${Loading} />` : null}
        ${state === "failed" ? html`<${Problem} error=${error} again=${ask} />` : null}
        ${setUp === "open" ? html`<${SetUp} api=${api} token=${setupToken} onDone=${() => setSetUp("done")} />` : null}
        ${state === "out" && setUp !== "open" ? html`<${SignIn} api=${api} onWho=${signedIn} />` : null}
        ${wantsPassword && who ? html`<${ChangePassword} api=${api} forced=${forced} login=${who.user.login} onDone=${() => setChanged(true)} onCancel=${() => setChanged(true)} />` : null}
      </main></div></div>`;
}

/** What a pop looks like: a picture, not a call. */
function Example() {
  return html`<div class="sign-example" aria-hidden="true"><span class="sign-ring"><${Icon} name="bell" size=${18} />${t("signIn.example")}</span><strong>${t("signIn.exampleName")}</strong>
    <span>${t("signIn.examplePlace")}</span><span class="sign-note"><${Icon} name="note" size=${16} />${t("signIn.exampleNote")}</span></div>`;
}

/** @param {WhoJson} who */
function leave(who) {
  const next = afterSignIn(new URLSearchParams(location.search).get("next"), who.user.roles);
  if (next) location.replace(next);
}

rememberedLanguage();
render(html`<${SignInPage} />`, root());
