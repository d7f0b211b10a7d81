/** Texts in English: links. */
export default {
  "links.title": "Links to the PBX",
  "links.none": "No PBX is configured",
  "links.noneText": "Add one under [[pbx]] in the configuration.",
  "links.up": "Up",
  "links.down": "Down",
  "links.since": "Since",
  "links.version": "Version",
  "links.address": "Address",
  "links.calls": "Calls",
  "links.agents": "Agents",
  "links.queues": "Queues",
  "links.events_per_second": "Events per second",
  "links.reconnects": "Reconnects",
};
