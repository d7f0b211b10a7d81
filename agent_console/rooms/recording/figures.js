/** The speech figures of a recording, both sides beside each other. */

import { percent } from "../../core/format.js";
import { t } from "../../core/i18n.js";
import { duration } from "../../core/time.js";
import { html } from "../../ui/html.js";

/** @param {{detail: any}} props */
export function Figures({ detail }) {
  const one = detail.recording;
  const unit = (/** @type {number | null} */ value, /** @type {string} */ name) => (value === null ? "–" : `${value.toFixed(1)} ${name}`);
  const row = (/** @type {string} */ key, /** @type {any} */ customer, /** @type {any} */ agent) => html`<tr><th scope="row">${t(key)}</th><td class="number">${customer}</td><td class="number">${agent}</td></tr>`;
  return html`<section class="panel" aria-labelledby="figures-title"><div class="panel-head"><h2 id="figures-title">${t("recording.figures")}</h2></div>
    <div class="table-frame"><table class="table"><thead><tr><th></th><th scope="col" class="number">${t("recording.customerSide")}</th><th scope="col" class="number">${t("recording.agentSide")}</th></tr></thead><tbody>
      ${row("recording.talk", duration(detail.talk_customer), duration(detail.talk_agent))}
      ${row("recording.share", one.agent_share === null ? "–" : percent(1 - one.agent_share), percent(one.agent_share))}
      ${row("recording.loudness", unit(detail.loud_customer, "dB"), unit(detail.loud_agent, "dB"))}
      ${row("recording.rate", unit(detail.rate_customer, t("recording.syllables")), unit(detail.rate_agent, t("recording.syllables")))}
      ${row("recording.interruptions", detail.cut_in_customer ?? "–", detail.cut_in_agent ?? "–")}</tbody></table></div>
    <dl class="facts figure-facts"><div><dt>${t("recording.silence")}</dt><dd>${duration(one.silence)}</dd></div><div><dt>${t("recording.longestSilence")}</dt><dd>${duration(one.longest_silence)}</dd></div>
      <div><dt>${t("recording.talkOver")}</dt><dd>${unit(one.talk_over, "s")}</dd></div></dl></section>`;
}
