/* "Ready at seven with 20 kWh": what the car is asked for, once or daily. */
import { useState } from 'preact/hooks';
import { del, put } from '../api/client';
import type { PlanCar } from '../api/car';
import { measure } from '../lib/format';
import { moment } from '../lib/words';
import { lang } from '../i18n';
import { refusalWords } from '../ui/parts';
import { minuteClock, nextAt } from './facts';
import { say } from './words';

export function CarForm({ car, now, zone, may }: { car: PlanCar; now: number; zone: string; may: boolean }) {
  const [kwh, setKwh] = useState(String(car.need_kwh));
  const [time, setTime] = useState(minuteClock(car.ready_minute));
  const [daily, setDaily] = useState(false);
  const [told, setTold] = useState('');
  const [error, setError] = useState('');
  const need = measure(car.need_kwh, 'kWh', 1, lang());
  const tell = async (work: () => Promise<unknown>, done: 'car.done' | 'car.back.done') => {
    try {
      setError('');
      await work();
      setTold(say(done));
    } catch (refused) {
      setTold('');
      setError(refusalWords(refused));
    }
  };
  const ask = () => tell(() => put('/plan/car', {
    need_kwh: Number(kwh), ready: new Date(nextAt(time, now, zone)).toISOString(), daily,
  }), 'car.done');
  return (
    <div class="sub">
      <p>{car.ready ? say('car.once', { need, time: moment(Date.parse(car.ready), now, zone) })
        : say(car.asked ? 'car.daily' : 'car.configured', { need, time: minuteClock(car.ready_minute) })}</p>
      {may && (
        <form class="actions" onSubmit={(e) => { e.preventDefault(); void ask(); }}>
          <label class="field"><span>{say('car.kwh')}</span>
            <input type="number" inputMode="decimal" min={0} max={200} step={0.5} value={kwh} required onInput={(e) => setKwh(e.currentTarget.value)} />
          </label>
          <label class="field"><span>{say('car.time')}</span>
            <input type="time" value={time} required onInput={(e) => setTime(e.currentTarget.value)} />
          </label>
          <label><input type="checkbox" checked={daily} onChange={(e) => setDaily(e.currentTarget.checked)} /> {say('car.every')}</label>
          <button type="submit" class="button">{say('car.ask')}</button>
          {car.asked && <button type="button" class="button" onClick={() => void tell(() => del('/plan/car'), 'car.back.done')}>{say('car.back')}</button>}
        </form>
      )}
      {told && <p role="status">{told}</p>}
      {error && <p class="error" role="alert">{error}</p>}
    </div>
  );
}
