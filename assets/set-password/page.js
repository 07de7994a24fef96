'use strict';
// The token is in the fragment, which the browser sends nowhere; it leaves the address bar, so that it is not kept there.
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
const inChinese = navigator.language.startsWith('zh');
const say = (en, zh) => { document.getElementById('said').textContent = inChinese ? zh : en; };
if (inChinese) {
  document.documentElement.lang = 'zh-CN';
  for (const element of document.querySelectorAll('[data-zh]')) element.textContent = element.dataset.zh;
}
const query = `mutation SetPassword($input: SetPasswordInput!) {
  setPassword(input: $input) { done userErrors { message } } }`;
const form = document.querySelector('form');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const [first, again] = ['new', 'again'].map((id) => document.getElementById(id).value);
  if (first !== again) return say('The two passwords differ.', '两次输入的密码不一致。');
  const button = form.querySelector('button');
  button.disabled = true;
  try {
    const response = await fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': inChinese ? 'zh' : 'en' },
      body: JSON.stringify({ query, variables: { input: { token, newPassword: first } } }),
    });
    const { data, errors } = await response.json();
    const refusal = errors?.[0] ?? data.setPassword.userErrors[0];
    if (refusal) {
      document.getElementById('said').textContent = refusal.message;
      button.disabled = false;
      return;
    }
    form.hidden = true;
    document.getElementById('sign-in').hidden = false;
    say('Your password is set. You can sign in with it now.', '密码已设置，现在可以登录。');
  } catch {
    say('The server can’t be reached. Try again.', '无法连接服务器，请重试。');
    button.disabled = false;
  }
});
