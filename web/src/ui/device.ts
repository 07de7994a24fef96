/** A browser and system, as people name them, from what it calls itself. */
export function device(agent: string | null): string {
  if (!agent) return '—'
  const browser = /wxwork/i.test(agent)
    ? 'WeCom'
    : /MicroMessenger/i.test(agent)
      ? 'WeChat'
      : /DingTalk/i.test(agent)
        ? 'DingTalk'
        : /Edg\//.test(agent)
          ? 'Edge'
          : /Firefox\//.test(agent)
            ? 'Firefox'
            : /Chrome\//.test(agent)
              ? 'Chrome'
              : /Safari\//.test(agent)
                ? 'Safari'
                : (agent.split(/[/ ]/)[0] ?? agent)
  const system = /iPhone|iPad/.test(agent)
    ? 'iOS'
    : /Android/.test(agent)
      ? 'Android'
      : /HarmonyOS/i.test(agent)
        ? 'HarmonyOS'
        : /Windows/.test(agent)
          ? 'Windows'
          : /Mac OS X/.test(agent)
            ? 'macOS'
            : /Linux/.test(agent)
              ? 'Linux'
              : ''
  return [browser, system].filter(Boolean).join(' · ')
}
