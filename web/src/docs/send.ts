/* One request of the interactive page, and its answer as text. */

export interface Ask {
  method: string;
  url: string;
  body: string | null;
  token: string;
  csrf: string | null;
  headers: Record<string, string>;
}

export type Reply =
  | { kind: 'failed' }
  | { kind: 'answer'; status: number; ms: number; text: string; stream: boolean };

const STREAM_MS = 5_000;
const TEXT_MAX = 200_000;

/** A stream never ends by itself: what came within five seconds is enough to see its form. */
async function firstOf(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  const timer = setTimeout(() => void reader.cancel(), STREAM_MS);
  for (;;) {
    const { done, value } = await reader.read();
    if (done || text.length > TEXT_MAX)
      break;
    text += decoder.decode(value, { stream: true });
  }
  clearTimeout(timer);
  void reader.cancel();
  return text;
}

function pretty(text: string, type: string): string {
  if (!type.includes('json'))
    return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

export async function send(ask: Ask): Promise<Reply> {
  const headers: Record<string, string> = { Accept: 'application/json, text/event-stream;q=0.9, */*;q=0.5', ...ask.headers };
  if (ask.body !== null)
    headers['Content-Type'] = 'application/json';
  if (ask.token)
    headers['Authorization'] = 'Bearer ' + ask.token;
  else if (ask.method !== 'get' && ask.csrf)
    headers['X-CSRF-Token'] = ask.csrf;

  const started = performance.now();
  try {
    const answer = await fetch(ask.url, {
      method: ask.method.toUpperCase(),
      headers,
      body: ask.body,
      credentials: ask.token ? 'omit' : 'same-origin',
      cache: 'no-store',
    });
    const ms = Math.round(performance.now() - started);
    const type = answer.headers.get('Content-Type') ?? '';
    const stream = type.startsWith('text/event-stream') && answer.body !== null;
    const text = stream ? await firstOf(answer.body!) : pretty(await answer.text(), type);
    return { kind: 'answer', status: answer.status, ms, text: text.slice(0, TEXT_MAX), stream };
  } catch {
    return { kind: 'failed' };
  }
}
