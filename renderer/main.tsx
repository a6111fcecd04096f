/** The page's composition root: receives the port, makes what every screen shares, renders the app. */
import { createRoot } from 'react-dom/client'
import { connect, receivePort } from './api/connect.ts'
import { createLive, LiveContext } from './api/use-live.ts'
import { AppRoot } from './app.tsx'
import { Crash } from './parts/crash.tsx'

async function start() {
  const port = await receivePort(window)
  const api = connect(port)
  const live = createLive(api)
  const described = await api.call('app.describe', null)
  const container = document.getElementById('root')
  if (container === null || !described.ok) return
  createRoot(container).render(
    <Crash>
      <LiveContext value={live}>
        <AppRoot info={described.value} />
      </LiveContext>
    </Crash>,
  )
}

void start()
