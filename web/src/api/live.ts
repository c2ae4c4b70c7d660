/* The daemon's news: a stream of events (the browser reconnects and asks for what it missed by
 * Last-Event-ID), and plain questions every few seconds while the stream is down. */
import { ApiError, get } from './client';
import type { JournalItem, State } from './types';
import type { Link } from '../lib/freshness';

export interface Heard {
  state(state: State): void;
  journal(item: JournalItem): void;
  /** The daemon wants to know who asks: the session is over. */
  refused(): void;
}

const POLL_MS = 5_000;
const WATCH_MS = 1_000;
const SILENCE_MS = 6_000;   /* no event for so long: ask */
const REOPEN_MS = 10_000;   /* a stream the browser gave up on */
const LOST_MS = 12_000;

/** Time since an instant, whichever of the two clocks saw more of it: one stops when the machine
 * sleeps, the other may be set back. */
class Stopwatch {
  private perf = performance.now();
  private wall = Date.now();
  restart(): void {
    this.perf = performance.now();
    this.wall = Date.now();
  }
  get ms(): number {
    return Math.max(performance.now() - this.perf, Date.now() - this.wall);
  }
}

export class Live {
  private source: EventSource | null = null;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly news = new Stopwatch();      /* since the last state, however it came */
  private readonly event = new Stopwatch();     /* since the last streamed state */
  private readonly asked = new Stopwatch();
  private readonly opened = new Stopwatch();
  private heardAny = false;
  private asking = false;
  private failed = false;
  private streaming = false;

  constructor(private readonly heard: Heard) {}

  start(): void {
    this.open();
    void this.ask();
    this.timer = setInterval(() => this.watch(), WATCH_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.source?.close();
    this.source = null;
  }

  get link(): Link {
    const since_s = this.news.ms / 1000;
    if (!this.heardAny)
      return { mode: this.failed ? 'lost' : 'wait', since_s };
    if (this.streaming && this.event.ms <= SILENCE_MS)
      return { mode: 'live', since_s };
    return { mode: this.failed && this.news.ms > LOST_MS ? 'lost' : 'polling', since_s };
  }

  private open(): void {
    this.source?.close();
    this.opened.restart();
    const source = new EventSource('/api/v1/events');
    this.source = source;
    source.addEventListener('state', (e) => {
      this.streaming = true;
      this.event.restart();
      this.take(JSON.parse((e as MessageEvent<string>).data) as State);
    });
    const journal = (e: Event) =>
      this.heard.journal(JSON.parse((e as MessageEvent<string>).data) as JournalItem);
    source.addEventListener('decision', journal);
    source.addEventListener('notice', journal);
    source.onerror = () => {
      this.streaming = false;
    };
  }

  private take(state: State): void {
    this.heardAny = true;
    this.failed = false;
    this.news.restart();
    this.heard.state(state);
  }

  private watch(): void {
    const closed = this.source?.readyState === EventSource.CLOSED;
    const hung = this.event.ms > 3 * REOPEN_MS;
    if ((closed || hung) && this.opened.ms > REOPEN_MS)
      this.open();
    const quiet = !this.streaming || this.event.ms > SILENCE_MS;
    if (quiet && this.asked.ms > POLL_MS)
      void this.ask();
  }

  private async ask(): Promise<void> {
    if (this.asking)
      return;
    this.asking = true;
    this.asked.restart();
    try {
      this.take(await get<State>('/state'));
    } catch (error) {
      this.failed = true;
      if (error instanceof ApiError && (error.status === 401 || error.status === 403))
        this.heard.refused();
    } finally {
      this.asking = false;
    }
  }
}
