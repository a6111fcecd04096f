/** Short messages at the foot of the window, some with one action ("Undo"). One shows at a time; the newest wins. */
export interface Notice {
  readonly id: number
  readonly text: string
  readonly tone: 'plain' | 'bad'
  readonly action: { readonly label: string; readonly run: () => void } | null
}

export interface Notices {
  subscribe(listener: () => void): () => void
  current(): Notice | null
  show(text: string, action?: Notice['action'], tone?: Notice['tone']): void
  dismiss(id: number): void
}

export function createNotices(): Notices {
  const listeners = new Set<() => void>()
  let notice: Notice | null = null
  let lastId = 0
  const set = (next: Notice | null) => {
    notice = next
    for (const listener of [...listeners]) listener()
  }
  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    current: () => notice,
    show: (text, action = null, tone = 'plain') => set({ id: ++lastId, text, tone, action }),
    dismiss(id) {
      if (notice?.id === id) set(null)
    },
  }
}
