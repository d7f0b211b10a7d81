/** Which microphone, which headset, and where it rings. */

import { t } from "../../core/i18n.js";
import { html, useEffect, useState } from "../../ui/html.js";
import { Field } from "../../ui/parts.js";
import { Sound } from "./sound.js";

/** @param {{sound: Sound}} props */
export function Devices({ sound }) {
  const [found, setFound] = useState(/** @type {MediaDeviceInfo[]} */ ([]));
  const [chosen, setChosen] = useState(sound.devices);
  useEffect(() => {
    const media = navigator.mediaDevices;
    if (!media) return undefined;
    const look = () => media.enumerateDevices().then(setFound, () => undefined);
    look();
    media.addEventListener("devicechange", look);
    return () => media.removeEventListener("devicechange", look);
  }, []);
  const choose = async (/** @type {Partial<typeof chosen>} */ wanted) => {
    await sound.choose(wanted);
    setChosen(sound.devices);
  };
  /** @param {"microphone" | "headset" | "ring"} name @param {MediaDeviceKind} kind */
  const one = (name, kind) => html`<${Field} label=${t(`phone.device.${name}`)}><select value=${chosen[name]} onChange=${(/** @type {any} */ event) => choose({ [name]: event.target.value })}>
    <option value="">${t("phone.deviceDefault")}</option>
    ${found.filter((device) => device.kind === kind && device.deviceId && device.deviceId !== "default").map((device, n) =>
      html`<option key=${device.deviceId} value=${device.deviceId}>${device.label || t("phone.deviceNumber", { n: n + 1 })}</option>`)}
  </select><//>`;
  return html`<div class="phone-devices">
    ${one("microphone", "audioinput")}
    ${Sound.canChoose() ? html`${one("headset", "audiooutput")}${one("ring", "audiooutput")}` : html`<p class="field-hint">${t("phone.noChoice")}</p>`}
    <label class="phone-plain"><input type="checkbox" checked=${!chosen.plain} onChange=${(/** @type {any} */ event) => choose({ plain: !event.target.checked })} />${t("phone.improve")}</label>
    <button type="button" class="button small" onClick=${() => sound.tryRing()}>${t("phone.tryRing")}</button>
  </div>`;
}
