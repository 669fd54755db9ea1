export { ChangePasswordPage } from './change-password-page.tsx';
export { LoginPage } from './login-page.tsx';
