/** The page's composition root: receives the port, makes what every screen shares, renders the app. */
import { createRoot } from 'react-dom/client'
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
    live.first('types', null),
  ])
  const container = document.getElementById('root')
  if (container === null || !described.ok) return
  const route = routeFrom(kept.ok ? kept.value : null, types ?? [])
  const firstRows = route.place.screen === 'records' ? askFirstRows(api, route.place.view) : null
  await firstRows?.waited
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

void start()
