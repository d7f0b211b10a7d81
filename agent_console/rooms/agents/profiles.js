/** Which person works with which device, for which queues. Saving makes the memberships on the PBX follow. */

import { shortDevice } from "../../core/format.js";
import { t } from "../../core/i18n.js";
import { Dialog } from "../../ui/dialog.js";
import { html, useState } from "../../ui/html.js";
import { Icon } from "../../ui/icons.js";
import { Empty, Field, Loading, Problem, useAction, useAnswer } from "../../ui/parts.js";
import { Skills, useSkills } from "./profile_skills.js";

/** @import { Api } from "../../core/api.js" */
/** @import { UserJson } from "../../core/shapes.js" */

/** @param {{api: Api, pbxs: string[]}} props */
export function Profiles({ api, pbxs }) {
  const answer = useAnswer(async () => {
    const [profiles, users, queues] = await Promise.all([api.get("agents"), api.get("users"), api.get("queues")]);
    return { profiles: profiles.items, users: /** @type {UserJson[]} */ (users.items), queues: queues.items };
  }, []);
  const [chosen, setChosen] = useState(/** @type {any} */ (null));
  const profiles = answer.data?.profiles ?? [];
  const taken = new Set(profiles.map((/** @type {any} */ profile) => profile.user_id));
  const free = (answer.data?.users ?? []).filter((user) => !taken.has(user.id) && (user.roles.includes("agent") || user.roles.includes("supervisor")));
  const fresh = () => setChosen({ user_id: free[0]?.id ?? null, pbx: pbxs[0] ?? "", device: "PJSIP/", queues: [], team: "", location: "", always_on: true, fresh: true });
  return html`<section class="panel" aria-labelledby="profiles-title"><div class="panel-head"><h2 id="profiles-title">${t("profiles.title")}</h2><span class="count">${profiles.length}</span>
    <button type="button" class="button primary small panel-action" disabled=${free.length === 0} title=${free.length === 0 ? t("profiles.noneFree") : undefined} onClick=${fresh}><${Icon} name="plus" size=${16} />${t("profiles.new")}</button></div>
    ${answer.error ? html`<${Problem} error=${answer.error} again=${answer.again} />` : null}
    ${!answer.data && answer.busy ? html`<${Loading} />` : null}
    ${answer.data && profiles.length === 0 && html`<${Empty} icon="headset" title=${t("profiles.none")} text=${t("profiles.noneText")} />`}
    ${profiles.length > 0 && html`<div class="table-frame"><table class="table"><thead><tr><th scope="col">${t("users.name")}</th><th scope="col">${t("profiles.device")}</th><th scope="col">PBX</th><th scope="col">${t("profiles.queues")}</th><th scope="col">${t("profiles.team")}</th><th scope="col">${t("profiles.location")}</th><th scope="col"><span class="sr">${t("users.actions")}</span></th></tr></thead>
      <tbody>${profiles.map((/** @type {any} */ profile) => html`<tr key=${profile.user_id}><th scope="row"><span class="who">${profile.name}</span><span class="sub">${profile.login}</span></th><td>${shortDevice(profile.device)}<span class="sub">${profile.device}</span></td><td>${profile.pbx}</td>
        <td>${profile.queues.map((/** @type {any} */ place) => html`<span key=${place.queue} class="tag">${place.queue}${place.penalty ? ` · ${place.penalty}` : ""}</span>`)}</td><td>${profile.team || "–"}</td><td>${profile.location || "–"}</td>
        <td class="row-actions"><button type="button" class="button small" onClick=${() => setChosen(profile)}><${Icon} name="pen" size=${15} />${t("action.edit")}</button></td></tr>`)}</tbody></table></div>`}
    ${chosen && html`<${ProfileDialog} api=${api} profile=${chosen} free=${free} pbxs=${pbxs} queues=${answer.data?.queues ?? []} close=${() => setChosen(null)} onSaved=${answer.again} />`}
  </section>`;
}

/** @param {{api: Api, profile: any, free: UserJson[], pbxs: string[], queues: any[], close: () => void, onSaved: () => void}} props */
function ProfileDialog({ api, profile, free, pbxs, queues, close, onSaved }) {
  const [form, setForm] = useState({ ...profile });
  const skills = useSkills(api, profile.fresh ? null : profile.user_id);
  const [late, setLate] = useState(/** @type {any[]} */ ([]));
  const put = (/** @type {object} */ part) => setForm({ ...form, ...part });
  const save = useAction(async () => {
    const { pbx, device, team, location = "", always_on = true } = form;
    const places = form.queues.map((/** @type {any} */ place) => ({ queue: place.queue, penalty: place.penalty }));
    const saved = await api.put(`agents/${form.user_id}`, { pbx, device: device.trim(), team, location, queues: places, always_on });
    if (skills.changed) await api.put(`agents/${form.user_id}/skills`, { skills: skills.kept() });
    onSaved();
    const undone = (saved?.members ?? []).filter((/** @type {any} */ member) => !member.done);
    if (undone.length) setLate(undone);
    else close();
  });
  const remove = useAction(async () => {
    await api.ask("DELETE", `agents/${form.user_id}`);
    onSaved();
    close();
  });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    save.run();
  };
  const place = (/** @type {string} */ name) => form.queues.find((/** @type {any} */ one) => one.queue === name);
  const setPlace = (/** @type {string} */ name, /** @type {any} */ value) => put({ queues: [...form.queues.filter((/** @type {any} */ one) => one.queue !== name), ...(value ? [value] : [])] });
  const known = [...new Set([...queues.filter((queue) => !form.pbx || queue.pbx === form.pbx).map((queue) => queue.name), ...form.queues.map((/** @type {any} */ one) => one.queue)])];
  return html`<${Dialog} title=${profile.fresh ? t("profiles.new") : profile.name} close=${close}><form class="stack" onSubmit=${submit}>
    ${profile.fresh && html`<${Field} label=${t("profiles.person")}><select value=${form.user_id} onChange=${(/** @type {any} */ e) => put({ user_id: Number(e.target.value) })}>${free.map((user) => html`<option key=${user.id} value=${user.id}>${user.name} (${user.login})</option>`)}</select><//>`}
    <${Field} label="PBX"><select value=${form.pbx} onChange=${(/** @type {any} */ e) => put({ pbx: e.target.value })}>${[...new Set([...pbxs, form.pbx])].filter(Boolean).map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select><//>
    <${Field} label=${t("profiles.device")} hint=${t("profiles.deviceHint")}><input required maxlength="80" spellcheck=${false} value=${form.device} onInput=${(/** @type {any} */ e) => put({ device: e.target.value })} /><//>
    <${Field} label=${t("profiles.team")}><input maxlength="80" value=${form.team ?? ""} onInput=${(/** @type {any} */ e) => put({ team: e.target.value })} /><//>
    <${Field} label=${t("profiles.location")} hint=${t("profiles.locationHint")}><input maxlength="100" value=${form.location ?? ""} onInput=${(/** @type {any} */ e) => put({ location: e.target.value })} /><//>
    <fieldset class="checks"><legend>${t("profiles.queues")}</legend>${known.map((name) => html`<div class="place" key=${name}><label class="check"><input type="checkbox" checked=${Boolean(place(name))} onChange=${(/** @type {any} */ e) => setPlace(name, e.target.checked ? { queue: name, penalty: 0 } : null)} /><span>${name}</span></label>
      ${place(name) && html`<label class="penalty"><span>${t("profiles.penalty")}</span><input type="number" min="0" max="1000" value=${place(name).penalty} onInput=${(/** @type {any} */ e) => setPlace(name, { queue: name, penalty: Number(e.target.value) })} /></label>`}</div>`)}</fieldset>
    <${Skills} skills=${skills} />
    <label class="check"><input type="checkbox" checked=${form.always_on !== false} onChange=${(/** @type {any} */ e) => put({ always_on: e.target.checked })} /><span>${t("profiles.alwaysOn")}<small>${t("profiles.alwaysOnHint")}</small></span></label>
    <${Problem} error=${save.error ?? remove.error} />
    ${late.length > 0 && html`<div class="problem mild" role="status"><${Icon} name="clock" /><span>${t("profiles.late", { queues: late.map((one) => one.queue).join(", ") })}</span></div>`}
    <div class="form-end"><button type="submit" class="button primary" disabled=${save.busy || form.user_id === null}>${save.busy ? t("action.saving") : t("action.save")}</button><button type="button" class="button" onClick=${close}>${t("action.close")}</button>
      ${!profile.fresh && html`<button type="button" class="button danger-button push-end" disabled=${remove.busy} onClick=${() => remove.run()}>${t("profiles.remove")}</button>`}</div>
  </form><//>`;
}
