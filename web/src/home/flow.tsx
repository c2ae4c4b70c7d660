import { useEffect, useState } from 'preact/hooks';
import type { Load, Phase, State } from '../api/types';
import { measure, nominal, NOTHING, power } from '../lib/format';
import { lang, t } from '../i18n';
import { Card, ViewSwitch } from '../ui/parts';
import { loadIcon, Strokes, type IconName } from '../ui/icons';

/** True while the window is narrower than the drawing's wide form wants. */
function useNarrow(): boolean {
  const query = '(max-width: 719.98px)';
  const [narrow, setNarrow] = useState(matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const follow = () => setNarrow(media.matches);
    media.addEventListener('change', follow);
    return () => media.removeEventListener('change', follow);
  }, []);
  return narrow;
}

interface Line { words: string; flow: number }

/** One line per measured phase, or a single one; `flow` > 0 comes from the grid. */
function linesOf(state: State): Line[] {
  const { phases, import_w, export_w, import_va, export_va } = state.now;
  if (import_w === null && export_w === null && import_va !== undefined) { /* a Linky says no watts */
    const va = import_va - (export_va ?? 0);
    return [{ words: power(Math.abs(va), lang(), 'VA'), flow: va }];
  }
  const net = import_w === null && export_w === null ? 0 : (import_w ?? 0) - (export_w ?? 0);
  const measured = phases.filter((p) => p.import_w !== null);
  if (measured.length < 2 || (export_w ?? 0) > 0) /* a meter nets its phases when it exports */
    return [{ words: import_w === null && export_w === null ? NOTHING : power(Math.abs(net), lang()), flow: net }];
  return measured.map((p) => ({ words: `L${p.phase} · ${power(p.import_w, lang())}`, flow: p.import_w ?? 0 }));
}

const pace = (w: number) => (Math.abs(w) < 1 ? 'still' : Math.abs(w) < 500 ? 'slow' : Math.abs(w) < 2000 ? 'mid' : 'fast');

/** A wire: the line itself and, over it, the moving dashes of what flows. */
function Wire({ d, kind, flow, dead }: { d: string; kind: string; flow: number; dead: boolean }) {
  const moves = !dead && Math.abs(flow) >= 1;
  return (
    <g class={`flow-wire flow-${dead ? 'dead' : kind}`}>
      <path class="flow-base" d={d} />
      {moves && <path class={`flow-dash pace-${pace(flow)}${flow < 0 ? ' back' : ''}`} d={d} />}
    </g>
  );
}

function Node({ x, y, r, icon, kind }: { x: number; y: number; r: number; icon: IconName; kind: string }) {
  const size = r * 1.1;
  return (
    <g class={`flow-node node-${kind}`}>
      <circle cx={x} cy={y} r={r} />
      <g class="icon" transform={`translate(${x - size / 2} ${y - size / 2}) scale(${size / 24})`}>
        <Strokes name={icon} />
      </g>
    </g>
  );
}

const cut = (text: string, most: number) => (text.length > most ? text.slice(0, most - 1) + '…' : text);

function loadLine(load: Load): string {
  return load.state === 'fed' ? t('flow.nominal', { power: nominal(load.nominal_w, lang()) }) : t('flow.shed');
}

/** A branch to a load; a shed one is an open switch. */
function Branch({ load, x0, x1, y, dead, max }: {
  load: Load; x0: number; x1: number; y: number; dead: boolean; max: number;
}) {
  const fed = load.state === 'fed';
  const mid = (x0 + x1) / 2 - 12;
  return (
    <g>
      {fed ? <Wire d={`M${x0} ${y}H${x1}`} kind="load" flow={0} dead={dead} /> : (
        <g class="flow-wire flow-open">
          <path class="flow-base" d={`M${x0} ${y}H${mid}`} />
          <path class="flow-base" d={`M${mid} ${y}l16 -9`} />
          <path class="flow-base" d={`M${mid + 19} ${y}H${x1}`} />
        </g>
      )}
      <Node x={x1 + 19} y={y} r={19} icon={loadIcon(load)} kind={fed ? 'fed' : 'shed'} />
      <text class="flow-name" x={x1 + 48} y={y - 3}>{cut(load.name, max)}</text>
      <text class={fed ? 'flow-quiet' : 'flow-quiet flow-shed-words'} x={x1 + 48} y={y + 14}>{loadLine(load)}</text>
    </g>
  );
}

const STEP = 56;

function Wide({ state, dead }: { state: State; dead: boolean }) {
  const lines = linesOf(state);
  const rows = Math.max(state.loads.length, 3);
  const height = rows * STEP + 16;
  const y = height / 2;
  const gap = 34;
  const at = (i: number) => y + (i - (lines.length - 1) / 2) * gap;
  const loadY = (i: number) => y + (i - (state.loads.length - 1) / 2) * STEP;
  const out = (state.now.export_w ?? 0) > 0;
  return (
    <svg class="flow" viewBox={`0 0 720 ${height}`} aria-hidden="true">
      {lines.map((line, i) => (
        <g key={i}>
          <Wire d={`M88 ${at(i)}H292`} kind={line.flow < 0 ? 'out' : 'in'} flow={line.flow} dead={dead} />
          <text class={dead ? 'flow-value dim' : 'flow-value'} x="190" y={at(i) - 8} text-anchor="middle">{line.words}</text>
        </g>
      ))}
      {state.loads.length > 0 && (
        <g class={`flow-wire flow-${dead ? 'dead' : 'load'}`}>
          <path class="flow-base" d={`M380 ${y}H430M430 ${loadY(0)}V${loadY(state.loads.length - 1)}`} />
        </g>
      )}
      {state.loads.map((load, i) => (
        <Branch key={load.id} load={load} x0={430} x1={490} y={loadY(i)} dead={dead} max={24} />
      ))}
      <rect class={`flow-plate node-${out ? 'out' : 'grid'}`} x="16" y={y - 52} width="72" height="104" rx="20" />
      <g class="icon flow-plate-icon" transform={`translate(32 ${y - 40}) scale(1.67)`}><Strokes name="grid" /></g>
      <text class="flow-label" x="52" y={y + 32} text-anchor="middle">{t('flow.grid')}</text>
      <rect class="flow-plate node-house" x="292" y={y - 52} width="88" height="104" rx="20" />
      <g class="icon flow-plate-icon" transform={`translate(316 ${y - 40}) scale(1.67)`}><Strokes name="house" /></g>
      <text class="flow-label" x="336" y={y + 32} text-anchor="middle">{t('flow.house')}</text>
    </svg>
  );
}

/** On a phone the same reads downwards, like the wiring of a board. */
function Tall({ state, dead }: { state: State; dead: boolean }) {
  const lines = linesOf(state);
  const houseY = 62 + Math.max(lines.length * 26 + 34, 96);
  const loadY = (i: number) => houseY + 68 + i * STEP;
  const height = (state.loads.length ? loadY(state.loads.length - 1) : houseY) + 34;
  const spread = (i: number) => 36 + (i - (lines.length - 1) / 2) * 13;
  const out = (state.now.export_w ?? 0) > 0;
  return (
    <svg class="flow" viewBox={`0 0 320 ${height}`} aria-hidden="true">
      {lines.map((line, i) => (
        <g key={i}>
          <Wire d={`M${spread(i)} 62V${houseY - 26}`} kind={line.flow < 0 ? 'out' : 'in'} flow={line.flow} dead={dead} />
          <text class={dead ? 'flow-value dim' : 'flow-value'} x="82" y={88 + i * 26}>{line.words}</text>
        </g>
      ))}
      {state.loads.length > 0 && (
        <g class={`flow-wire flow-${dead ? 'dead' : 'load'}`}>
          <path class="flow-base" d={`M36 ${houseY + 26}V${loadY(state.loads.length - 1)}`} />
        </g>
      )}
      {state.loads.map((load, i) => (
        <Branch key={load.id} load={load} x0={36} x1={84} y={loadY(i)} dead={dead} max={20} />
      ))}
      <Node x={36} y={36} r={27} icon="grid" kind={out ? 'out' : 'grid'} />
      <text class="flow-label" x="82" y="41">{t('flow.grid')}</text>
      <Node x={36} y={houseY} r={27} icon="house" kind="house" />
      <text class="flow-label" x="82" y={houseY + 5}>{t('flow.house')}</text>
    </svg>
  );
}

function PhaseRow({ phase }: { phase: Phase }) {
  return (
    <tr>
      <th scope="row">{t('flow.phase', { phase: phase.phase })}</th>
      <td class="num">{power(phase.import_w, lang())}</td>
      <td class="num">{measure(phase.voltage_v, 'V', 0, lang())}</td>
      <td class="num">{measure(phase.current_a, 'A', 1, lang())}</td>
    </tr>
  );
}

/** In watts, or in the volt-amperes of a meter that says no watts. */
const wattsOr = (w: number | null, va: number | undefined) =>
  w === null && va !== undefined ? power(va, lang(), 'VA') : power(w, lang());

function FlowTables({ state, hidden }: { state: State; hidden: boolean }) {
  const { import_w, export_w, import_va, export_va, phases } = state.now;
  return (
    <div class={hidden ? 'sr' : 'tables'}>
      <table>
        <caption>{t('flow.caption')}</caption>
        <thead><tr>
          <th scope="col">{t('flow.col_what')}</th><th scope="col" class="num">{t('flow.col_power')}</th>
          <th scope="col" class="num">{t('flow.col_voltage')}</th><th scope="col" class="num">{t('flow.col_current')}</th>
        </tr></thead>
        <tbody>
          <tr><th scope="row">{t('flow.grid')}, {t('flow.from_grid')}</th><td class="num">{wattsOr(import_w, import_va)}</td><td /><td /></tr>
          <tr><th scope="row">{t('flow.grid')}, {t('flow.to_grid')}</th><td class="num">{wattsOr(export_w, export_va)}</td><td /><td /></tr>
          {phases.map((phase) => <PhaseRow key={phase.phase} phase={phase} />)}
        </tbody>
      </table>
      <table>
        <caption>{t('loads.title')}</caption>
        <thead><tr>
          <th scope="col">{t('flow.col_what')}</th><th scope="col">{t('flow.col_state')}</th>
          <th scope="col" class="num">{t('flow.col_power')}</th>
        </tr></thead>
        <tbody>
          {state.loads.map((load) => (
            <tr key={load.id}>
              <th scope="row">{load.name}</th>
              <td>{t(load.state === 'fed' ? 'flow.fed' : 'flow.shed')}</td>
              <td class="num">{t('flow.nominal', { power: nominal(load.nominal_w, lang()) })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Flow({ state, dead }: { state: State; dead: boolean }) {
  const narrow = useNarrow();
  const [table, setTable] = useState(false);
  return (
    <Card
      title={t('flow.title')} area="flow"
      tools={<ViewSwitch table={table} onChange={setTable} drawing={t('view.diagram')} />}
    >
      {!table && (narrow ? <Tall state={state} dead={dead} /> : <Wide state={state} dead={dead} />)}
      <FlowTables state={state} hidden={!table} />
    </Card>
  );
}
