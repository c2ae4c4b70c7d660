/* The two dialogs that force something: the state of a load, the grid's level. */
import { useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';
import type { Load, LoadPower } from '../api/types';
import { t } from '../i18n';
import { level as levelWords } from '../lib/words';
import { Dialog } from '../ui/dialog';
import { Icon, levelIcon, type IconName } from '../ui/icons';
import { refusalWords } from '../ui/parts';
import { endOf, firstEnd, UntilField } from './until';

interface Choice { value: string; words: string; icon: IconName }

export function Choices({ legend, name, value, choices, onChange }: {
  legend: string; name: string; value: string; choices: Choice[]; onChange: (value: string) => void;
}) {
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      {choices.map((choice) => (
        <label key={choice.value} class="choice">
          <input
            type="radio" name={name} value={choice.value} checked={value === choice.value}
            onChange={() => onChange(choice.value)}
          />
          <Icon name={choice.icon} /> <span>{choice.words}</span>
        </label>
      ))}
    </fieldset>
  );
}

export function ForceDialog({ title, help, now, zone, apply, onClose, children }: {
  title: string; help: string; now: number; zone: string;
  apply: (until: number) => Promise<unknown>; onClose: () => void; children: ComponentChildren;
}) {
  const [end, setEnd] = useState(() => firstEnd(now, zone));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');

  async function submit(): Promise<void> {
    const until = endOf(end, now, zone);
    if (until === null) {
      setError(t('override.bad_end'));
      return;
    }
    setBusy(true);
    try {
      await apply(until);
      onClose();
    } catch (refused) {
      setError(refusalWords(refused));
      setBusy(false);
    }
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(e) => { e.preventDefault(); void submit(); }}>
        {children}
        <UntilField end={end} now={now} zone={zone} onChange={setEnd} />
        <p class="quiet">{help}</p>
        {error && <p class="error" role="alert">{error}</p>}
        <div class="actions end">
          <button type="button" class="button" onClick={onClose}>{t('override.cancel')}</button>
          <button type="submit" class="button primary" disabled={busy}>{t('override.apply')}</button>
        </div>
      </form>
    </Dialog>
  );
}

export function OverrideDialog({ load, now, zone, apply, onClose }: {
  load: Load; now: number; zone: string; onClose: () => void;
  apply: (state: LoadPower, until: number) => Promise<unknown>;
}) {
  const [state, setState] = useState<LoadPower>(load.state === 'fed' ? 'shed' : 'fed');
  return (
    <ForceDialog
      title={t('override.title', { name: load.name })} help={t('override.safe')}
      now={now} zone={zone} onClose={onClose} apply={(until) => apply(state, until)}
    >
      <Choices
        legend={t('override.state')} name="state" value={state} onChange={(v) => setState(v as LoadPower)}
        choices={[
          { value: 'fed', words: t('override.fed'), icon: 'bolt' },
          { value: 'shed', words: t('override.shed'), icon: 'close' },
        ]}
      />
    </ForceDialog>
  );
}

export function LevelDialog({ now, zone, apply, onClose }: {
  now: number; zone: string; apply: (level: number, until: number) => Promise<unknown>; onClose: () => void;
}) {
  const [level, setLevel] = useState('2');
  return (
    <ForceDialog
      title={t('ecowatt.override')} help={t('ecowatt.override_help')}
      now={now} zone={zone} onClose={onClose} apply={(until) => apply(Number(level), until)}
    >
      <Choices
        legend={t('ecowatt.level')} name="level" value={level} onChange={setLevel}
        choices={[0, 1, 2, 3].map((n) => ({ value: String(n), words: levelWords(n), icon: levelIcon(n) }))}
      />
    </ForceDialog>
  );
}
