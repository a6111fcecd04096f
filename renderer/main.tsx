/** The page's composition root: receives the port, makes what every screen shares, renders the app. */
import { createRoot } from 'react-dom/client'
import type { TypeSummary } from '../core/model/api.ts'
import type { Api } from './api/connect.ts'
import { connect, receivePort } from './api/connect.ts'
import { createLive, LiveContext } from './api/use-live.ts'
import { AppRoot } from './app.tsx'
import { PLACE_KEY, routeFrom } from './kept-place.ts'
import { Crash } from './parts/crash.tsx'
import { askFirstRows, FirstRowsContext } from './screens/records/first-rows.ts'

async function start() {
  const port = await receivePort(window)
  const api = connect(port)
  const live = createLive(api)
  // Asked together, so that knowing where the person was costs no extra round trip before the first paint.
  const [described, kept, types] = await Promise.all([
    api.call('app.describe', null),
    api.call('settings.get', { key: PLACE_KEY }),
    firstTypes(api),
  ])
  const container = document.getElementById('root')
  if (container === null || !described.ok) return
  const route = routeFrom(kept.ok ? kept.value : null, types)
  const firstRows = route.place.screen === 'records' ? askFirstRows(api, route.place.view) : null
  createRoot(container).render(
    <Crash>
      <LiveContext value={live}>
        <FirstRowsContext value={firstRows}>
          <AppRoot info={described.value} start={route} />
        </FirstRowsContext>
      </LiveContext>
    </Crash>,
  )
}

/** The record types there are now; none if they cannot be told. */
function firstTypes(api: Api): Promise<readonly TypeSummary[]> {
  return new Promise(resolve => {
    const stop = api.watch(
      'types',
      null,
      types => {
        resolve(types)
        stop()
      },
      () => resolve([]),
    )
  })
}

void start()
