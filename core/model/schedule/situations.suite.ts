/**
 * Situations for the schedule's tests: a calm one to vary by hand, and generators biased so that every gate, and above all
 * mode 'small', is really reached (evenly drawn inputs are nearly always stopped by something). Never imported by the app.
 */
import fc from 'fast-check'
import {
  DEFAULT_POLICY,
  FIRST_MEMORY,
  NO_CEILINGS,
  type Mode,
  type ProbeReading,
  type ScheduleInputs,
  type ScheduleMemory,
  type SchedulePolicy,
} from '../schedule.ts'

/** 2026-05-04 12:00 UTC, a Monday. */
export const NOON = Date.UTC(2026, 4, 4, 12)
export const SEEDS = [1, 20260504, 777]

export const OPT_IN: SchedulePolicy = { ...DEFAULT_POLICY, metered: 'small', unknown: 'small', battery: 'full' }

const READING: ProbeReading = {
  metered: 'unmetered',
  guessed: false,
  roamingOrOverLimit: false,
  networkId: 'home',
  networkName: 'Home',
  reach: 'full',
  power: 'mains',
  level: 80,
  hasBattery: true,
  saver: false,
  suspended: false,
  source: 'test',
  at: NOON,
}

const CALM: ScheduleInputs = {
  now: NOON,
  utcOffset: 0,
  policy: DEFAULT_POLICY,
  admin: NO_CEILINGS,
  reading: READING,
  provider: { connected: true, trouble: null, failures: 0, failedAt: null, jitter: 0.5 },
  work: {
    records: 12,
    bytes: 5000,
    files: 0,
    smallest: 500,
    oldestAt: NOON - 60_000,
    inSync: false,
    syncedAt: null,
    live: true,
  },
  run: null,
  pause: null,
  override: null,
}

type Partly<T> = { readonly [key in keyof T]?: T[key] }

/** Twelve changes wait on mains and an unmetered network, except for what is given. */
export function situation(
  changes: {
    readonly reading?: Partly<ProbeReading>
    readonly policy?: Partly<SchedulePolicy>
    readonly provider?: Partly<ScheduleInputs['provider']>
    readonly work?: Partly<ScheduleInputs['work']>
    readonly admin?: Partly<ScheduleInputs['admin']>
  } & Partly<Pick<ScheduleInputs, 'now' | 'utcOffset' | 'run' | 'pause' | 'override'>> = {},
): ScheduleInputs {
  return {
    ...CALM,
    ...changes,
    reading: { ...CALM.reading, ...changes.reading },
    policy: { ...CALM.policy, ...changes.policy },
    provider: { ...CALM.provider, ...changes.provider },
    work: { ...CALM.work, ...changes.work },
    admin: { ...CALM.admin, ...changes.admin },
  }
}

export const anyMode: fc.Arbitrary<Mode> = fc.constantFrom('none', 'small', 'full')

function mostly<T>(usual: T, arbitrary: fc.Arbitrary<T>, weight = 4): fc.Arbitrary<T> {
  return fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary })
}

const aboutNow = fc.integer({ min: -20 * 60_000, max: 60_000 }).map(ms => NOON + ms)

export const anyReading: fc.Arbitrary<ProbeReading> = fc.record({
  metered: fc.constantFrom('metered', 'unmetered', 'unknown'),
  guessed: fc.boolean(),
  roamingOrOverLimit: mostly(false, fc.boolean()),
  networkId: mostly<string | null>('home', fc.constantFrom('cafe', null)),
  networkName: fc.constant('Home'),
  reach: mostly<ProbeReading['reach']>('full', fc.constantFrom('none', 'portal', 'limited', 'unknown')),
  power: fc.constantFrom('mains', 'mains', 'battery', 'unknown'),
  level: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(29, 30, 34, 35, null)),
  hasBattery: mostly<boolean | null>(true, fc.constantFrom(false, null), 2),
  saver: mostly(false, fc.boolean()),
  suspended: mostly(false, fc.boolean(), 8),
  source: fc.constant('test'),
  at: fc.constant(NOON),
})

export const anyPolicy: fc.Arbitrary<SchedulePolicy> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(DEFAULT_POLICY) },
  { weight: 3, arbitrary: fc.constant(OPT_IN) },
  {
    weight: 5,
    arbitrary: fc.record({
      metered: anyMode,
      unknown: anyMode,
      battery: anyMode,
      batteryMin: fc.constantFrom(0, 30, 100),
      saver: mostly<Mode>('full', anyMode, 1),
      quietHours: mostly<SchedulePolicy['quietHours']>(
        null,
        fc.record({ from: fc.integer({ min: 0, max: 1439 }), to: fc.integer({ min: 0, max: 1439 }) }),
      ),
      quiet: anyMode,
      dailyBudget: fc.constantFrom(0, 400, 5000, 256 * 1024),
      networks: fc.constantFrom<SchedulePolicy['networks'][]>({}, {}, { home: 'metered' }, { cafe: 'unmetered' }),
    }),
  },
)

const anyAdmin = mostly(
  NO_CEILINGS,
  fc.record({ off: mostly(false, fc.boolean()), metered: anyMode, unknown: anyMode, battery: anyMode }),
)

const anyProvider: fc.Arbitrary<ScheduleInputs['provider']> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(CALM.provider) },
  {
    weight: 1,
    arbitrary: fc.record({
      connected: mostly(true, fc.boolean()),
      trouble: fc.constantFrom<ScheduleInputs['provider']['trouble'][]>(
        { code: 'unreachable' },
        { code: 'retryAfter', detail: '90' },
        { code: 'retryAfter', detail: 'soon' },
        { code: 'untrusted', detail: 'pin' },
        { code: 'hubFault', detail: '500' },
      ),
      failures: fc.integer({ min: 1, max: 40 }),
      failedAt: aboutNow,
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
)

const anyWork: fc.Arbitrary<ScheduleInputs['work']> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(CALM.work) },
  {
    weight: 1,
    arbitrary: fc.record({
      records: fc.integer({ min: 0, max: 3 }),
      bytes: fc.integer({ min: 0, max: 10_000 }),
      files: fc.integer({ min: 0, max: 2 }),
      smallest: fc.option(fc.integer({ min: 1, max: 10_000 })),
      oldestAt: fc.option(fc.constantFrom(NOON - 60_000, NOON - 8 * 86_400_000)),
      inSync: fc.boolean(),
      syncedAt: fc.option(aboutNow),
      live: fc.boolean(),
    }),
  },
)

const anyRun: fc.Arbitrary<ScheduleInputs['run']> = fc.option(
  fc.record({
    mode: fc.constantFrom<Mode[]>('small', 'full'),
    batchBytes: fc.constantFrom(0, 400, 5000, 256 * 1024, 256 * 1024 + 1),
    files: mostly(false, fc.boolean(), 2),
  }),
)

export const anyInputs: fc.Arbitrary<ScheduleInputs> = fc.record({
  now: mostly(NOON, aboutNow),
  utcOffset: fc.constantFrom(0, 120, -480, 345),
  policy: anyPolicy,
  admin: anyAdmin,
  reading: anyReading,
  provider: anyProvider,
  work: anyWork,
  run: anyRun,
  pause: mostly<ScheduleInputs['pause']>(null, fc.record({ until: fc.option(aboutNow) })),
  override: mostly<ScheduleInputs['override']>(
    null,
    fc.record({ givenAt: aboutNow, networkId: mostly<string | null>('home', fc.constantFrom('cafe', null)) }),
    1,
  ),
})

export const anyMemory: fc.Arbitrary<ScheduleMemory> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(FIRST_MEMORY) },
  {
    weight: 1,
    arbitrary: fc.record({
      settled: anyMode,
      smallSince: fc.option(aboutNow),
      fullSince: fc.option(aboutNow),
      batteryLow: fc.boolean(),
      networkId: fc.constantFrom('home', 'cafe', null),
      forgiven: fc.integer({ min: 0, max: 3 }),
      startedAt: fc.option(aboutNow),
      asked: fc.boolean(),
      budget: fc.record({
        day: fc.integer({ min: -1, max: 1 }).map(days => Math.floor(NOON / 86_400_000) + days),
        spent: fc.constantFrom(0, 300, 4900, 300_000),
      }),
    }),
  },
)
