/** Questions to the server over HTTP. Every failure comes out as one ApiError that a page can show. */

import { known, t } from "./i18n.js";

const LIMIT_MILLISECONDS = 10_000;
/** A file of many rows takes its time. */
const FILE_MILLISECONDS = 300_000;
/** Letters of a body that carries a file. */
const LARGE = 262_144;

/** `code` is stable and chooses the text; `sentence` is the server's own, shown when we have none for the code. */
export class ApiError extends Error {
  /** @param {number} status @param {string} code @param {string} sentence @param {Record<string, any>} [details] */
  constructor(status, code, sentence, details = {}) {
    super(sentence || code);
    this.status = status;
    this.code = code;
    this.sentence = sentence;
    this.details = details;
  }
}

/** The sentence to show for whatever went wrong, in the language of the page. @param {unknown} error */
export function errorText(error) {
  if (!(error instanceof ApiError)) return t("error.internal");
  const key = `error.${error.code}`;
  const text = known(key) ? t(key, { ...error.details, sentence: error.sentence }) : error.sentence || t("error.status", { status: error.status });
  return error.details.allowed && (!known(key) || error.code === "bad_input") ? `${text} ${t("error.allowed", { allowed: error.details.allowed })}` : text;
}

export class Api {
  /**
   * @param {(url: string, init: any) => Promise<any>} fetch
   * @param {() => void} signedOut called when the server says that the session has ended
   */
  constructor(fetch, signedOut) {
    this.fetch = fetch;
    this.signedOut = signedOut;
  }

  /** @param {string} path @param {Record<string, string | number | null | undefined>} [query] */
  get(path, query) {
    return this.ask("GET", path + queryString(query));
  }

  /** @param {string} path @param {object} [body] */
  post(path, body = {}) {
    return this.ask("POST", path, body);
  }

  /**
   * Something that is carried out once, however often it is sent: when no answer came it is sent again with its key.
   * @param {string} path @param {object} [body]
   */
  async command(path, body = {}) {
    const key = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    try {
      return await this.ask("POST", path, body, "application/json", { "Idempotency-Key": key });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== "network") throw error;
      return await this.ask("POST", path, body, "application/json", { "Idempotency-Key": key });
    }
  }

  /** @param {string} path @param {object} body */
  patch(path, body) {
    return this.ask("PATCH", path, body);
  }

  /** @param {string} path @param {object} body */
  put(path, body) {
    return this.ask("PUT", path, body);
  }

  /** Something that takes the server its time. @param {string} path @param {object} [body] */
  slow(path, body = {}) {
    return this.ask("POST", path, body, "application/json", {}, FILE_MILLISECONDS);
  }

  /** A list as a file. @param {string} path @param {Record<string, string | number | null | undefined>} query @returns {Promise<Blob>} */
  csv(path, query) {
    return this.ask("GET", path + queryString(query), undefined, "text/csv");
  }

  /** @param {string} method @param {string} path below /api/v1/ @param {object} [body] @param {string} [accept] @param {Record<string, string>} [more] headers @param {number} [limit] milliseconds @returns {Promise<any>} */
  async ask(method, path, body, accept = "application/json", more = {}, limit = LIMIT_MILLISECONDS) {
    /** @type {Record<string, string>} */
    const headers = { Accept: accept, "X-CTI": "1", ...more };
    if (body) headers["Content-Type"] = "application/json";
    const sent = body ? JSON.stringify(body) : undefined;
    const patient = accept !== "application/json" || (sent?.length ?? 0) > LARGE;
    let response;
    try {
      response = await this.fetch(`/api/v1/${path}`, {
        method, headers, credentials: "same-origin", cache: "no-store",
        body: sent, signal: AbortSignal.timeout(patient ? FILE_MILLISECONDS : limit),
      });
    } catch (error) {
      const late = /** @type {any} */ (error)?.name === "TimeoutError";
      throw new ApiError(0, late ? "no_answer" : "network", "");
    }
    if (response.ok && accept !== "application/json") return await response.blob();
    if (response.ok) return response.status === 204 ? null : await response.json();
    const failure = await problem(response);
    if (failure.status === 401 && failure.code !== "sign_in_failed" && failure.code !== "setup_link_spent") this.signedOut();
    throw failure;
  }
}

/** @param {any} response */
async function problem(response) {
  let told;
  try {
    told = await response.json();
  } catch {
    told = {};
  }
  const { code, detail, sentence, title, ...details } = told;
  return new ApiError(response.status, code ?? `status_${response.status}`, detail ?? sentence ?? title ?? "", details);
}

/** ?a=1&b=2 of what has a value. @param {Record<string, string | number | null | undefined>} [query] */
export function queryString(query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text ? `?${text}` : "";
}
