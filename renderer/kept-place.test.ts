import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { View } from '../core/model/api.ts'
import type { RecordType } from '../core/model/record-type.ts'
import { keptOf, routeFrom } from './kept-place.ts'
import { FIRST_ROUTE, reduceRoute, SETTINGS_SECTIONS, viewOf } from './route.ts'
import type { Go } from './route.ts'

const TYPE: RecordType = {
  id: 't',
  name: 'Site',
  icon: 'house',
  fields: [{ id: 'a', kind: 'text', label: 'Name' }],
}
const VIEW: View = { ...viewOf('t'), text: 'weir', sort: { field: 'a', descending: true } }
const kept = (view: unknown) => ({ screen: 'records', view })

describe('the place kept over a restart', () => {
  it('comes back as it was: list, filter, order, screen', () => {
    const steps: readonly Go[] = [
      { to: 'view', view: VIEW },
      { to: 'records', type: null, deleted: true },
      { to: 'needsYou', record: null },
      ...SETTINGS_SECTIONS.map((section): Go => ({ to: 'settings', section })),
    ]
    for (const step of steps) {
      const route = reduceRoute(FIRST_ROUTE, step)
      expect(routeFrom(JSON.parse(JSON.stringify(keptOf(route.place))), [TYPE])).toEqual(route)
    }
  })

  it('leaves the open record, the dialog and the sync popover behind', () => {
    const opened = reduceRoute(FIRST_ROUTE, { to: 'recordOf', type: 't', record: 'r', focusField: true })
    const full = reduceRoute(reduceRoute(opened, { to: 'full', full: true }), { to: 'sync', open: true })
    expect(routeFrom(keptOf(full.place), [TYPE])).toEqual(reduceRoute(FIRST_ROUTE, { to: 'records', type: 't' }))
    const clash = reduceRoute(FIRST_ROUTE, { to: 'needsYou', record: 'r' })
    expect(routeFrom(keptOf(clash.place), [])).toEqual(reduceRoute(FIRST_ROUTE, { to: 'needsYou', record: null }))
  })

  it('begins at the first route when the record type is gone', () => {
    expect(routeFrom(kept(VIEW), [])).toBe(FIRST_ROUTE)
  })

  it('keeps list and filter but not the order when the field it sorted by is gone', () => {
    const place = { view: { type: 't', text: 'weir', sort: viewOf('t').sort } }
    expect(routeFrom(kept({ ...VIEW, sort: { field: 'z', descending: true } }), [TYPE])).toMatchObject({ place })
  })

  it('begins at the first route for anything odd', () => {
    const odd: readonly unknown[] = [
      ...[undefined, null, 3, 'records', [], {}, { screen: 'toString' }, { screen: 'settings', section: 'secret' }],
      ...[undefined, null, [], {}].map(kept),
      ...[undefined, 5, {}].map(type => kept({ ...VIEW, type })),
      ...[undefined, 5, 'x'.repeat(1001)].map(text => kept({ ...VIEW, text })),
      ...[undefined, null, 'a', {}, { field: 'a' }, { field: 1, descending: true }].map(sort =>
        kept({ ...VIEW, sort }),
      ),
      kept({ ...VIEW, deleted: 1 }),
      kept({ ...VIEW, open: 'no' }),
    ]
    for (const each of odd) expect(routeFrom(each, [TYPE]), JSON.stringify(each)).toBe(FIRST_ROUTE)
  })

  it('never throws, and what it makes of anything can be kept and read again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.record({ screen: fc.constant('records'), view: fc.anything() })), any => {
        const route = routeFrom(any, [TYPE])
        expect(routeFrom(keptOf(route.place), [TYPE])).toEqual(route)
      }),
    )
  })
})
