import type { NotificationLineFragment } from '@/gql'
import { say, type Text } from '@/i18n'

const sentences: Record<NotificationLineFragment['kind'], { by: Text; alone: Text }> = {
  ASSIGNED: {
    by: ['{actor} 把 {customer} 分配给了你', '{actor} assigned {customer} to you'],
    alone: ['{customer} 分配给了你', '{customer} was assigned to you'],
  },
  TAKEN: {
    by: ['{actor} 把 {customer} 收回公海', '{actor} took {customer} back into the pool'],
    alone: ['{customer} 按规则“{rule}”退回公海', '{customer} went back into the pool by the rule “{rule}”'],
  },
  TRANSFERRED: {
    by: ['{actor} 把 {customer} 转移给了别人', '{actor} transferred {customer} to somebody else'],
    alone: ['{customer} 转移给了别人', '{customer} was transferred to somebody else'],
  },
  MERGED: {
    by: ['{actor} 把 {customer} 合并到了别的客户', '{actor} merged {customer} into another customer'],
    alone: ['{customer} 合并到了别的客户', '{customer} was merged into another customer'],
  },
  SIMILAR_ENTERED: {
    by: ['{actor} 录入了与 {customer} 相似的客户', '{actor} entered a customer similar to {customer}'],
    alone: ['有人录入了与 {customer} 相似的客户', 'Somebody entered a customer similar to {customer}'],
  },
  RELEASE_DUE: {
    by: ['{customer} 即将退回公海', '{customer} will soon go back into the pool'],
    alone: ['{customer} 即将退回公海：{rule}', '{customer} will soon go back into the pool: {rule}'],
  },
  APPROVAL_DUE: {
    by: [
      '规则“{rule}”要回收 {n} 家，等待审批',
      'The rule “{rule}” would take {n} {n|customer|customers}; it waits for approval',
    ],
    alone: [
      '规则“{rule}”要回收 {n} 家，等待审批',
      'The rule “{rule}” would take {n} {n|customer|customers}; it waits for approval',
    ],
  },
  LONG_ABSENCE: {
    by: ['{about} 长期请假，客户需要交接', '{about} is away for a long time: transfer the customers'],
    alone: ['{about} 长期请假，客户需要交接', '{about} is away for a long time: transfer the customers'],
  },
  QUICK_RELEASES: {
    by: ['{about} 今天多次领取后马上释放', '{about} released many customers right after claiming them'],
    alone: ['{about} 今天多次领取后马上释放', '{about} released many customers right after claiming them'],
  },
  SUPERIOR_CHANGED: {
    by: ['{actor} 给 {about} 换了上级', '{actor} gave {about} another superior'],
    alone: ['{about} 换了上级', '{about} has another superior now'],
  },
  IMPORTED: {
    by: ['{actor} 导入了 {records} 条归你负责的记录', '{actor} imported {records} {records|record|records} of yours'],
    alone: ['导入了 {records} 条归你负责的记录', '{records} {records|record|records} of yours were imported'],
  },
  TASK_GIVEN: {
    by: ['{actor} 给了你一个任务：{task}（{customer}）', '{actor} gave you a task: {task} ({customer})'],
    alone: ['你有一个新任务：{task}（{customer}）', 'You have a new task: {task} ({customer})'],
  },
  ENQUIRY: {
    by: ['{actor} 转来客户咨询：{customer}', '{actor} passed an enquiry on: {customer}'],
    alone: ['有新的客户咨询：{customer}', 'A new enquiry: {customer}'],
  },
  TASK_DUE: {
    by: ['任务到期：{task}（{customer}）', 'A task is due: {task} ({customer})'],
    alone: ['任务到期：{task}（{customer}）', 'A task is due: {task} ({customer})'],
  },
  WEBHOOK_PAUSED: {
    by: ['Webhook“{webhook}”失败三天，已暂停', 'The webhook “{webhook}” failed for three days and is paused'],
    alone: ['Webhook“{webhook}”失败三天，已暂停', 'The webhook “{webhook}” failed for three days and is paused'],
  },
}

/** What a notification says. */
export function sentence(line: NotificationLineFragment): string {
  const { by, alone } = sentences[line.kind]
  return say(line.actor ? by : alone, {
    actor: line.actor?.name ?? '',
    customer: line.customer?.name ?? line.customerName ?? '',
    rule: line.poolRule?.name ?? '',
    webhook: line.webhookName ?? '',
    about: line.aboutUser?.name ?? '',
    n: line.customers ?? 0,
    records: line.records ?? 0,
    task: line.task?.subject ?? say(['联系客户', 'contact the customer']),
  })
}
