/** On the agent's page: callbacks and messages of his queues, asked for now and then and whenever something of his changes. */

import { html, useEffect } from "../../ui/html.js";
import { Problem, useAnswer } from "../../ui/parts.js";
import { Callbacks } from "./callbacks.js";
import { Voicemail } from "./voicemail.js";

/** @import { App } from "../../ui/app.js" */

/** Milliseconds between two looks while nothing happens. */
const LOOK = 30_000;

/** @param {{app: App, turn: string, frozenAt: number | null}} props */
export function OwnWork({ app, turn, frozenAt }) {
  const callbacks = useAnswer(() => app.api.get("callbacks"), [turn]);
  const messages = useAnswer(() => app.api.get("voicemail"), [turn]);
  const again = () => {
    callbacks.again();
    messages.again();
  };
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === "visible" && again(), LOOK);
    return () => clearInterval(timer);
  }, [turn]);
  const lines = [...(callbacks.data?.items ?? [])].sort((a, b) => b.priority - a.priority || a.joined_at - b.joined_at);
  return html`<${Problem} error=${callbacks.error ?? messages.error} again=${again} />
    <${Callbacks} app=${app} items=${lines} frozenAt=${frozenAt} onlyWork changed=${again} />
    <${Voicemail} app=${app} items=${[...(messages.data?.items ?? [])].reverse()} onlyWork changed=${again} />`;
}
