import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { session } from './api/client'
import type { Text } from './i18n'
import { can, scopesOf } from './shell'
import type { IconName } from './ui/icons'

export interface Place {
  path: string
  /** The letter after G. */
  key: string
  label: Text
  icon: IconName
  isShown: () => boolean
}

/** The menu, from the top: each with the right that shows it, never a role's name. */
export const places: Place[] = [
  {
    path: '/today',
    key: 't',
    label: ['今日', 'Today'],
    icon: 'today',
    isShown: () => can('FOLLOW_UP', 'CREATE') || can('TASK', 'WRITE', 'OWN'),
  },
  {
    path: '/team',
    key: 'e',
    label: ['团队', 'Team'],
    icon: 'team',
    isShown: () => can('CUSTOMER', 'RELEASE', 'TEAM', 'ALL') || can('CUSTOMER', 'TRANSFER', 'TEAM', 'ALL'),
  },
  {
    path: '/pool',
    key: 'p',
    label: ['公海', 'Pool'],
    icon: 'pool',
    isShown: () => can('CUSTOMER', 'READ', 'POOL', 'POOL_ALL', 'ALL'),
  },
  {
    path: '/customers',
    key: 'c',
    label: ['客户', 'Customers'],
    icon: 'customers',
    isShown: () => can('CUSTOMER', 'READ', 'OWN', 'TEAM', 'ENTERED', 'ALL'),
  },
  {
    path: '/pipeline',
    key: 'd',
    label: ['商机', 'Pipeline'],
    icon: 'deals',
    isShown: () => scopesOf('OPPORTUNITY', 'READ').some((scope) => scope !== 'POOL'),
  },
  { path: '/orders', key: 'o', label: ['订单', 'Orders'], icon: 'orders', isShown: () => can('ORDER', 'READ') },
  { path: '/service', key: 's', label: ['售后', 'Service'], icon: 'service', isShown: () => can('FEEDBACK', 'WRITE') },
  { path: '/import', key: 'i', label: ['导入', 'Import'], icon: 'import', isShown: () => can('IMPORT', 'WRITE') },
  {
    path: '/people',
    key: 'u',
    label: ['人员', 'People'],
    icon: 'people',
    isShown: () => can('USER', 'DEPART') || can('USER', 'CREATE'),
  },
  { path: '/figures', key: 'f', label: ['分析', 'Figures'], icon: 'figures', isShown: () => can('ANALYTICS', 'READ') },
  { path: '/rules', key: 'r', label: ['规则', 'Rules'], icon: 'rules', isShown: () => can('POOL_RULE', 'PREVIEW') },
  {
    path: '/admin',
    key: 'a',
    label: ['管理', 'Settings'],
    icon: 'admin',
    isShown: () =>
      can('SETTING', 'WRITE') ||
      can('PRODUCT', 'WRITE') ||
      can('ROLE', 'WRITE') ||
      can('PERMISSION', 'WRITE') ||
      can('API_KEY', 'WRITE') ||
      can('AUDIT', 'READ'),
  },
]

/** Where somebody begins: what their rights are most about. */
export function home(): string {
  if (can('SETTING', 'WRITE')) return '/admin'
  if (can('CUSTOMER', 'TRANSFER', 'TEAM', 'ALL')) return '/team'
  if (can('FOLLOW_UP', 'CREATE')) return '/today'
  // Who takes in money for others looks for what is left to pay.
  if (can('ORDER', 'PAY', 'ALL')) return '/orders?tab=due'
  if (can('USER', 'DEPART')) return '/people'
  if (can('FEEDBACK', 'WRITE')) return '/service'
  if (can('IMPORT', 'WRITE')) return '/import'
  return places.find((place) => place.isShown())?.path ?? '/account'
}

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: () => home() },
  { path: '/sign-in', component: () => import('./pages/sign-in/SignIn.vue') },
  { path: '/today', component: () => import('./pages/today/TodayPage.vue') },
  { path: '/today/tasks', component: () => import('./pages/tasks/TasksPage.vue') },
  { path: '/pool', component: () => import('./pages/pool/PoolPage.vue') },
  { path: '/customers', component: () => import('./pages/customers/CustomersPage.vue') },
  { path: '/customers/:id', component: () => import('./pages/customer/CustomerPage.vue'), props: true },
  { path: '/pipeline', component: () => import('./pages/pipeline/PipelinePage.vue') },
  { path: '/team', component: () => import('./pages/team/TeamPage.vue') },
  { path: '/orders', component: () => import('./pages/orders/OrdersPage.vue') },
  { path: '/service', component: () => import('./pages/service/ServicePage.vue') },
  { path: '/people', component: () => import('./pages/people/PeoplePage.vue') },
  { path: '/people/:id/leaving', component: () => import('./pages/people/LeavingPage.vue'), props: true },
  { path: '/import', component: () => import('./pages/import/ImportPage.vue') },
  { path: '/import/:id', component: () => import('./pages/import/ImportDetail.vue'), props: true },
  { path: '/figures', component: () => import('./pages/figures/FiguresPage.vue') },
  { path: '/rules', component: () => import('./pages/rules/RulesPage.vue') },
  { path: '/admin', component: () => import('./pages/admin/AdminPage.vue') },
  { path: '/account', component: () => import('./pages/account/AccountPage.vue') },
  { path: '/:rest(.*)*', component: () => import('./pages/NotFound.vue') },
]

export const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (to, from, saved) => {
    if (saved) return new Promise((resolve) => setTimeout(() => resolve(saved), 60))
    return to.path === from.path ? undefined : { top: 0 }
  },
})

router.beforeEach((to) => {
  const isIn = session.value === 'in' || session.value === 'expired'
  if (to.path === '/sign-in') return isIn ? home() : true
  if (isIn) return true
  return { path: '/sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
})
