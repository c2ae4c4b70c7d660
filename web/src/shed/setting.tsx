/* A load that takes orders or a setpoint: what it is told, and asking for something else. */
import { useState } from 'preact/hooks';
import { settingOf, type Asked, type Order } from '../api/settings';
import type { Load } from '../api/types';
import { Choices, ForceDialog } from '../home/forms';
import { measure, nominal } from '../lib/format';
import { lang, t } from '../i18n';
import { say } from './words';

const orderWords = (order: Order) => say(`order.${order}`);

/** "2 300 W", and "2 300 W (10 A)" of a charger that counts in amperes. */
export function powerWords(load: Load, watts: number): string {
  const { w_per_a } = settingOf(load);
  const power = nominal(watts, lang());
  return w_per_a ? `${power} (${measure(watts / w_per_a, 'A', Number.isInteger(watts / w_per_a) ? 0 : 1, lang()).trim()})` : power;
}

/** "Éco (coupé par Hors-gel)", "3 680 W sur 7 360 W". */
export function Told({ load }: { load: Load }) {
  const { order, shed_order, setpoint_w, battery } = settingOf(load);
  if (order && shed_order)
    return <p class="quiet load-told">{say('order.told', { order: orderWords(order), shed: orderWords(shed_order) })}</p>;
  if (setpoint_w === undefined || battery === 'own' || battery === 'rest')
    return null;
  if (battery === 'give')
    return <p class="quiet load-told">{say('battery.gives', { now: nominal(-setpoint_w, lang()) })}</p>;
  return (
    <p class="quiet load-told">
      {say('setpoint.told', { now: powerWords(load, setpoint_w), most: powerWords(load, load.nominal_w) })}
    </p>
  );
}

function Watts({ load, value, onChange }: { load: Load; value: number; onChange: (watts: number) => void }) {
  const { min_w = 0, step_w = 1 } = settingOf(load);
  return (
    <div class="field">
      <label for="setpoint">{say('setpoint.label', { power: powerWords(load, value) })}</label>
      <input
        id="setpoint" type="range" min={min_w} max={load.nominal_w} step={step_w} value={value}
        onInput={(e) => onChange(Number(e.currentTarget.value))}
      />
    </div>
  );
}

export function SettingDialog({ load, now, zone, apply, onClose }: {
  load: Load; now: number; zone: string; onClose: () => void;
  apply: (asked: Asked, until: number) => Promise<unknown>;
}) {
  const { order, orders, setpoint_w = 0, min_w = 0 } = settingOf(load);
  const [choice, setChoice] = useState<string>(order ?? (load.state === 'fed' ? 'setpoint' : 'shed'));
  const [watts, setWatts] = useState(Math.max(setpoint_w, min_w));
  const asked = (): Asked => orders ? { order: choice as Order }
    : choice === 'setpoint' ? { setpoint_w: watts } : { state: 'shed' };
  return (
    <ForceDialog
      title={t('override.title', { name: load.name })} help={t('override.safe')}
      now={now} zone={zone} onClose={onClose} apply={(until) => apply(asked(), until)}
    >
      <Choices
        legend={say(orders ? 'order.legend' : 'setpoint.legend')} name="setting" value={choice} onChange={setChoice}
        choices={orders
          ? orders.map((value) => ({ value, words: orderWords(value), icon: value === 'arret' ? 'close' : 'bolt' }))
          : [{ value: 'setpoint', words: say('setpoint.some'), icon: 'bolt' },
            { value: 'shed', words: t('override.shed'), icon: 'close' }]}
      />
      {!orders && choice === 'setpoint' && <Watts load={load} value={watts} onChange={setWatts} />}
    </ForceDialog>
  );
}
