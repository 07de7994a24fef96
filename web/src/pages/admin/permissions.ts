import { say, type Text } from '@/i18n'

/** A permission that exists, as the API names it, with the scopes that it can have. */
export interface Permission {
  resource: string
  action: string
  scopes: readonly string[]
  label: Text
}

/** One permission of a role, for one scope. */
export interface Line {
  resource: string
  action: string
  scope: string
}

const group = (title: Text, all: readonly (readonly [name: string, scopes: string, zh: string, en: string])[]) => ({
  title,
  all: all.map(([name, scopes, zh, en]): Permission => {
    const [resource = '', action = ''] = name.split(' ')
    return { resource, action, scopes: scopes.split(' '), label: [zh, en] }
  }),
})

/** Every permission, in the order in which people look for it. The API does not list them; a test compares them with its manual. */
export const groups = [
  group(
    ['客户', 'Customers'],
    [
      ['customer read', 'own team pool pool_all entered entered_pooled ordered all', '查看客户', 'See customers'],
      ['customer create', 'own team pool all', '录入客户', 'Enter customers'],
      ['customer update', 'own team pool_all entered_pooled all', '修改客户', 'Edit customers'],
      ['customer claim', 'pool', '领取客户', 'Claim customers'],
      ['customer release', 'own team all', '释放客户', 'Release customers'],
      ['customer assign', 'pool pool_all all', '分配客户', 'Assign customers'],
      ['customer move', 'team pool pool_all all', '移到其他公海', 'Move to another pool'],
      ['customer transfer', 'team all', '转移客户', 'Transfer customers'],
      ['customer blacklist', 'own team pool_all all', '加入或移出黑名单', 'Put on the blacklist, or take off it'],
      ['customer archive', 'team pool_all entered_pooled all', '归档或恢复客户', 'Archive or restore customers'],
      ['customer merge', 'team pool_all entered_pooled all', '合并客户', 'Merge customers'],
      ['customer_level write', 'own team entered_pooled all', '修改客户级别', 'Change the level of customers'],
      [
        'contact read',
        'own team entered_pooled pool_all ordered all',
        '查看联系人（隐藏号码）',
        'See contacts (masked)',
      ],
      ['contact write', 'own team entered_pooled pool_all all', '录入或修改联系人', 'Enter or edit contacts'],
      ['contact_details read', 'own team entered_pooled all', '直接看到联系方式', 'See phones and e-mails unmasked'],
      [
        'contact_details reveal',
        'own team entered_pooled ordered all',
        '逐个查看联系方式（记录并限量）',
        'Reveal phones and e-mails one by one (logged, limited)',
      ],
      ['import write', 'own all', '导入客户', 'Import customers'],
      [
        'operation read',
        'own team pool pool_all entered entered_pooled all',
        '查看归属变更记录',
        'See changes of owner',
      ],
      ['operation_batch read', 'own team all', '查看批量操作', 'See operations on many customers'],
    ],
  ),
  group(
    ['销售', 'Sales'],
    [
      ['follow_up read', 'own team all', '查看跟进', 'See follow-ups'],
      ['follow_up create', 'own team all', '记录跟进', 'Record follow-ups'],
      ['opportunity read', 'own held team pool pool_all entered all', '查看商机', 'See opportunities'],
      ['opportunity write', 'own team all', '新建、修改、推进商机', 'Enter, edit and move opportunities'],
      ['opportunity adopt', 'held team all', '接手前负责人的商机', 'Adopt opportunities of a former owner'],
      ['task read', 'own held team all', '查看任务', 'See tasks'],
      ['task write', 'own held team all', '新建、改期、完成、取消任务', 'Create, move, complete and cancel tasks'],
      ['order read', 'own held team all', '查看订单', 'See orders'],
      ['order create', 'own team all', '下单、修改订单', 'Record and edit orders'],
      ['order pay', 'own team all', '收款', 'Record payments'],
      ['order reverse', 'own team all', '冲销收款', 'Take payments back'],
      ['order ship', 'own team all', '发货', 'Record shipping'],
      ['order ship_unpaid', 'own team all', '先发货后收款', 'Ship before payment'],
      ['order deliver', 'own team all', '签收', 'Record delivery'],
      ['order cancel', 'own team all', '取消未付款的订单', 'Cancel orders of which nothing is paid'],
      ['order refund', 'own team all', '退款', 'Cancel and refund orders'],
      ['order adopt', 'held team all', '接手前负责人的订单', 'Adopt orders of a former owner'],
      ['feedback read', 'own held team all', '查看反馈', 'See feedback'],
      ['feedback write', 'delivered all', '记录、处理反馈', 'Record and resolve feedback'],
      ['product read', 'all', '查看产品', 'See products'],
      ['product write', 'all', '新建、修改产品', 'Enter and edit products'],
      ['analytics read', 'own team all', '查看分析', 'See figures'],
      ['target read', 'own team all', '查看业绩目标', 'See targets'],
      ['target write', 'team all', '设置业绩目标', 'Set targets'],
    ],
  ),
  group(
    ['人员', 'People'],
    [
      ['user read', 'own team names all', '查看人员', 'See people'],
      ['user create', 'all', '开通账号', 'Open accounts'],
      ['user update', 'all', '修改他人的姓名和电话', 'Edit names and phone numbers of others'],
      [
        'user reset_password',
        'all',
        '重置他人的密码、修改登录邮箱',
        'Reset passwords and change e-mail addresses of others',
      ],
      ['user change_manager', 'all', '调整上级', 'Change superiors'],
      ['user depart', 'all', '办理离职、重新启用账号', 'Close and reopen accounts'],
      ['absence write', 'team all', '记录请假', 'Record absences'],
      ['session revoke', 'all', '让他人退出登录', 'End sign-ins of others'],
      ['role write', 'all', '新建角色、分配角色', 'Make roles, and give them to people'],
      ['permission write', 'all', '修改角色的权限', 'Change what roles may do'],
      ['api_key write', 'all', '管理 API 密钥', 'Manage API keys'],
    ],
  ),
  group(
    ['规则与系统', 'Rules and system'],
    [
      ['pool read', 'own team pool all', '查看公海设置', 'See public pools'],
      ['pool write', 'own team all', '新建、修改公海', 'Enter and change public pools'],
      ['pool_rule read', 'all', '查看公海规则', 'See pool rules'],
      ['pool_rule write', 'all', '新建、修改公海规则', 'Enter and change pool rules'],
      ['pool_rule preview', 'all', '预览规则、按条件筛选', 'Preview rules, filter by conditions'],
      ['pool_rule read_runs', 'all', '查看规则的执行', 'See runs of rules'],
      ['pool_rule approve', 'all', '批准规则的执行', 'Approve runs of rules'],
      ['pool_rule undo', 'all', '撤销规则的执行', 'Undo runs of rules'],
      ['setting read', 'all', '查看设置', 'See the settings'],
      ['setting write', 'all', '修改设置、选项、阶段、字段', 'Change settings, choices, stages and fields'],
      ['notification read', 'own', '查看自己的通知', 'See own notifications'],
      ['job read', 'all', '查看定时任务', 'See the jobs'],
      ['audit read', 'all', '查看审计日志', 'Read the audit log'],
    ],
  ),
]

const scopes: Record<string, Text> = {
  own: ['本人的', 'own'],
  team: ['下属的', 'of the team'],
  held: ['自己客户的', 'of own customers'],
  pool: ['所在公海的', 'in own pools'],
  pool_all: ['所有公海的（含黑名单）', 'in all pools, blacklisted too'],
  entered: ['自己录入的', 'entered by oneself'],
  entered_pooled: ['自己录入、在公海的', 'entered by oneself, in the pool'],
  ordered: ['下过单的', 'with an order'],
  delivered: ['已签收的', 'delivered'],
  names: ['只看姓名', 'names only'],
  all: ['全部', 'all'],
}

export const idOf = (line: Line): string => `${line.resource} ${line.action} ${line.scope}`
export const scopeName = (scope: string): string => say(scopes[scope] ?? [scope, scope])

export function permissionOf(resource: string, action: string): Permission | undefined {
  return groups.flatMap(({ all }) => all).find((one) => one.resource === resource && one.action === action)
}

/** A permission in words, such as `查看客户（下属的）`. */
export function inWords({ resource, action, scope }: Line): string {
  const found = permissionOf(resource, action)
  if (!found) return `${resource} ${action} ${scope}`
  const text = say(found.label)
  return found.scopes.length === 1 ? text : `${text}${say(['（{scope}）', ' ({scope})'], { scope: scopeName(scope) })}`
}

interface Role {
  name: string
  inherits: readonly string[]
  permissions: readonly Line[]
}

/** The roles whose permissions a role has: itself first, then those that it inherits from. */
export function sourcesOf<R extends Role>(name: string, roles: readonly R[]): R[] {
  const found: R[] = []
  const add = (wanted: string) => {
    const role = roles.find((one) => one.name === wanted)
    if (!role || found.includes(role)) return
    found.push(role)
    role.inherits.forEach(add)
  }
  add(name)
  return found
}
