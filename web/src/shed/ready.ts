/* Rules that are ready to be adapted. */

export interface Ready { key: 'rules.ready.sun' | 'rules.ready.warm' | 'rules.ready.cheap'; make: (load: string) => string }

/** The id of a load, where there is one. */
export const sure = (load: string | undefined): string => load ?? 'load';

export const READY: Ready[] = [
  {
    key: 'rules.ready.sun',
    make: (load) => `  - id: sun
    when: [{surplus_w: 1500, for_s: 300}]
    load: ${load}
    then: fed
    otherwise: true
    at_least_s: 1200
`,
  },
  {
    key: 'rules.ready.warm',
    make: (load) => `  - id: warm
    when: [{device: thermometer, quantity: temperature, below: 19, hysteresis: 0.3}]
    load: ${load}
    then: fed
    otherwise: true
`,
  },
  {
    key: 'rules.ready.cheap',
    make: (load) => `  - id: cheap
    when: [{price_below: 0.17}]
    load: ${load}
    then: fed
    priority: 6
`,
  },
];
