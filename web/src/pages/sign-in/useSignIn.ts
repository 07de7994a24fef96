import { reactive } from 'vue'
import { askOpen } from '@/api/client'
import { SignInDocument } from '@/gql'
import { useAct } from '@/ui/refusals'

/** Signing in with a password, and with a code where the account has a second factor. */
export function useSignIn(email = '') {
  const form = reactive({ email, password: '', code: '', needsCode: false })
  const act = useAct(async () => {
    const { login } = await askOpen(SignInDocument, {
      input: {
        email: form.email,
        password: form.password,
        code: form.needsCode && form.code ? form.code.replaceAll(' ', '') : null,
        asCookies: true,
      },
    })
    if (login.userErrors[0]?.code === 'SECOND_FACTOR_REQUIRED' && !form.needsCode) {
      form.needsCode = true
      // It is a question, not an error.
      return [{ ...login.userErrors[0], code: 'SECOND_FACTOR_REQUIRED', message: '' }]
    }
    return login.userErrors
  })
  return { form, act }
}
