import type { AuditKind } from '@/gql'
import { say, type Text } from '@/i18n'
import { dateTime, duration, listed } from '@/i18n/format'
import { word } from '@/i18n/words'
import { inWords } from './permissions'

type Kinds = Partial<Record<AuditKind, Text>>

/** What the log is about: the kinds of entries, by what one looks for. */
export const topics = {
  'sign-in': {
    label: ['登录', 'Sign-ins'],
    kinds: {
      SIGNED_IN: ['登录', 'Signed in'],
      SIGN_IN_FAILED: ['登录失败', 'Sign-in failed'],
      SIGNED_OUT: ['退出登录', 'Signed out'],
      SESSION_REVOKED: ['结束一处登录', 'Ended a sign-in'],
      SESSIONS_REVOKED: ['结束全部登录', 'Ended all sign-ins'],
      REFRESH_TOKEN_REUSED: ['登录令牌被重复使用', 'A token was used twice'],
      PASSWORD_CHANGED: ['修改密码', 'Changed the password'],
      PASSWORD_CHECK_FAILED: ['密码或验证码输错', 'Entered a wrong password or code'],
      PASSWORD_LINK_CREATED: ['生成密码链接', 'Made a password link'],
      PASSWORD_SET_BY_LINK: ['用链接设置密码', 'Set the password by a link'],
      SECOND_FACTOR_ADDED: ['开启两步验证', 'Added a second factor'],
      SECOND_FACTOR_REMOVED: ['关闭两步验证', 'Removed a second factor'],
      IDENTITY_CONNECTED: ['绑定或解绑单点登录', 'Connected an identity'],
    },
  },
  people: {
    label: ['人员', 'People'],
    kinds: {
      USER_CREATED: ['开通账号', 'Opened an account'],
      USER_CHANGED: ['修改账号资料', 'Changed an account'],
      MANAGER_CHANGED: ['换上级', 'Changed the superior'],
      USER_DEPARTED: ['办理离职', 'Closed an account'],
      USER_REACTIVATED: ['重新启用账号', 'Opened an account again'],
      ABSENCE_RECORDED: ['记录请假', 'Recorded an absence'],
      ABSENCE_CANCELLED: ['删除请假', 'Cancelled an absence'],
    },
  },
  rights: {
    label: ['权限', 'Rights'],
    kinds: {
      ROLES_CHANGED: ['改角色', 'Changed roles'],
      ROLE_SAVED: ['新建或修改角色', 'Saved a role'],
      PERMISSION_GRANTED: ['增加权限', 'Granted a permission'],
      PERMISSION_REVOKED: ['去掉权限', 'Revoked a permission'],
      API_KEY_CREATED: ['新建 API 密钥', 'Made an API key'],
      API_KEY_REVOKED: ['吊销 API 密钥', 'Revoked an API key'],
    },
  },
  settings: {
    label: ['设置与规则', 'Settings and rules'],
    kinds: {
      SETTINGS_CHANGED: ['修改设置', 'Changed the settings'],
      CALENDAR_CHANGED: ['修改日历', 'Changed the calendar'],
      CHOICE_SAVED: ['修改选项', 'Saved a choice'],
      EXTRA_FIELD_SAVED: ['修改自定义字段', 'Saved an extra field'],
      STAGE_SAVED: ['修改商机阶段', 'Saved a stage'],
      WEBHOOK_CHANGED: ['修改 Webhook', 'Changed a webhook'],
      POOL_SAVED: ['新建或修改公海', 'Saved a public pool'],
      POOL_RULE_SAVED: ['新建或修改规则', 'Saved a pool rule'],
      POOL_RULE_RUN_APPROVED: ['批准规则执行', 'Approved a run'],
      POOL_RULE_RUN_UNDONE: ['撤销规则执行', 'Undid a run'],
    },
  },
  data: {
    label: ['客户资料', 'Customer data'],
    kinds: {
      CONTACT_REVEALED: ['查看联系方式', 'Saw contact details'],
      DETAILS_LOOKED_UP: ['按联系方式查客户', 'Looked up contact details'],
      QUICK_RELEASES: ['领取后很快释放', 'Released soon after claiming'],
      DOWNLOADED: ['下载文件', 'Downloaded a file'],
    },
  },
} as const satisfies Record<string, { label: Text; kinds: Kinds }>

export type Topic = keyof typeof topics

const all: Kinds = Object.assign({}, ...Object.values(topics).map(({ kinds }) => kinds))
/** Entries that somebody should look at. */
const alarming = new Set<AuditKind>([
  'SIGN_IN_FAILED',
  'REFRESH_TOKEN_REUSED',
  'PASSWORD_CHECK_FAILED',
  'QUICK_RELEASES',
])
export const isAlarming = (kind: AuditKind): boolean => alarming.has(kind)
export const kindName = (kind: AuditKind): string => say(all[kind] ?? [kind, kind])
export const kindsOf = (topic: Topic): AuditKind[] => Object.keys(topics[topic].kinds) as AuditKind[]
export const allKinds = (): AuditKind[] => Object.keys(all) as AuditKind[]

/** The names of the API in the details, as the pages of the console call them. */
const names: Record<string, Text> = {
  roles: ['角色', 'roles'],
  role: ['角色', 'role'],
  managerId: ['上级', 'superior'],
  manager: ['上级', 'superior'],
  name: ['名称', 'name'],
  email: ['邮箱', 'e-mail'],
  phone: ['电话', 'phone'],
  locale: ['邮件语言', 'language of e-mails'],
  grantableByHr: ['人事可授予', 'HR may give it'],
  requiresSecondFactor: ['要求两步验证', 'second factor'],
  networks: ['网络', 'networks'],
  expiresAt: ['到期', 'ends'],
  active: ['可选', 'can be chosen'],
  personal: ['个人信息', 'personal'],
  probability: ['成交概率', 'probability'],
  choice: ['选项', 'choice'],
  code: ['代码', 'code'],
  key: ['字段', 'field'],
  customers: ['客户数', 'customers'],
  values: ['查询数', 'values'],
  days: ['日期', 'days'],
  firstDay: ['第一天', 'first day'],
  provider: ['登录方式', 'provider'],
  isConnected: ['绑定', 'connected'],
  by: ['密钥', 'by the key'],
  apiKey: ['密钥', 'key'],
  host: ['地址', 'host'],
  rule: ['规则', 'rule'],
  run: ['执行', 'run'],
  contact: ['联系人', 'contact'],
  session: ['登录', 'session'],
  condition: ['条件', 'condition'],
  action: ['动作', 'action'],
  daysAhead: ['提前天数', 'days ahead'],
  maxPerRun: ['每次最多', 'at most in a run'],
  keepsUnapproved: ['无人审批时保留', 'kept if nobody approves'],
  priority: ['优先级', 'priority'],
  schedule: ['执行时间', 'schedule'],
  workdays: ['只算工作日', 'working days only'],
  enabled: ['启用', 'enabled'],
  from: ['从', 'from'],
  before: ['到', 'before'],
  protectionPeriod: ['保护期', 'protection'],
  maxOwnedCustomers: ['每人最多拥有', 'customers that a rep may own'],
  maxClaimsPerDay: ['每人每天最多领取', 'claims in a day'],
  previousOwnerCooldown: ['释放后多久能再领取', 'wait before claiming again'],
  longAbsence: ['长期请假', 'long absence'],
  maxRevealsPerDay: ['每人每天最多查看联系方式', 'contact details in a day'],
  sellersRecordPayments: ['销售可登记自己订单的收款', 'sellers record payments'],
  businessTimeZone: ['时区', 'time zone'],
  weeklyDaysOff: ['每周休息日', 'weekly days off'],
  claimOpens: ['保护期结束时刻', 'protection ends at'],
  notice: ['退回前提前通知', 'notice before a return'],
  currencies: ['币种', 'currencies'],
  quickRelease: ['领取后很快释放', 'released soon after a claim'],
  quickReleaseAlert: ['通知上级的家数', 'superior is told from'],
  auditDays: ['日志保留天数', 'days that the log is kept'],
  notificationDays: ['通知保留天数', 'days that notifications are kept'],
  sessionIdle: ['多久不用就退出', 'sign-ins end when unused'],
  phoneCountry: ['电话默认国家', 'country of phone numbers'],
  namelessContact: ['没有姓名的联系人', 'contacts without a name'],
  decimalMark: ['小数点', 'decimal mark'],
  dateOrder: ['日期顺序', 'order of dates'],
  created: ['新建', 'created'],
  changed: ['修改', 'changed'],
  deleted: ['删除', 'deleted'],
  tested: ['测试', 'tested'],
  replayed: ['重新推送', 'sent again'],
  secret: ['更换密钥', 'new secret'],
  events: ['动态', 'events'],
  format: ['发送到', 'sent to'],
  language: ['消息语言', 'language of messages'],
  isPaused: ['暂停', 'paused'],
}
/** Details that are a word alone. */
const single: Record<string, Text> = {
  code: ['动态验证码错误', 'wrong code'],
  off: ['停用', 'switched off'],
  secret: ['换了密钥', 'new secret'],
}

/** Names of those whose ids stand in the details. */
type NameOf = (id: string) => string | undefined

function value(name: string, text: string, kind: AuditKind, nameOf: NameOf): string {
  if (text === 'true') return say(['是', 'yes'])
  if (text === 'false') return say(['否', 'no'])
  if (text === 'null' || text === '') {
    if (kind !== 'API_KEY_CREATED') return say(['无', 'none'])
    // A key without limits.
    return name === 'roles' ? say(['账号的全部', 'all of the user']) : say(['不限', 'no limit'])
  }
  if (name === 'role' || name === 'roles')
    return text
      .split(', ')
      .map((role) => word('role', role as 'sales'))
      .join(say(['、', ', ']))
  if (name === 'events') return listed(text.split(', ').map((event) => word('webhookEvent', event as 'IMPORT')))
  if (name === 'format') return word('webhookFormat', text as 'WECOM')
  if (/^P[\dT]/.test(text)) return duration(text)
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return dateTime(text)
  return nameOf(text) ?? text
}

/** A detail of an entry in words: `maxRevealsPerDay: 50 → 40` is `每人每天最多查看联系方式：50 → 40`. */
export function detail(text: string, kind: AuditKind, nameOf: NameOf = () => undefined): string {
  const line = /^p, (\S+), (\S+), (\S+), (\S+)$/.exec(text)
  if (line) {
    const [, role = '', resource = '', action = '', scope = ''] = line
    return say(['{role}：{what}', '{role}: {what}'], {
      role: word('role', role as 'sales'),
      what: inWords({ resource, action, scope }),
    })
  }
  const alone = single[text]
  if (alone) return say(alone)
  const pair = /^(\w+): (.*)$/s.exec(text)
  const name = pair?.[1] && names[pair[1]]
  if (!pair || !name) return text
  const shown = (pair[2] ?? '').split(' → ').map((one) => value(pair[1] ?? '', one, kind, nameOf))
  return say(['{name}：{value}', '{name}: {value}'], { name: say(name), value: shown.join(' → ') })
}
