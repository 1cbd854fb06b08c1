/** Plays `auth/cognito` where there is no user pool: the same functions, and everybody may sign in. */
import type { RuntimeConfig } from "@/configuration/runtime-config";
import type { SignInStep, User } from "../auth/cognito";

export type { SignInStep, User } from "../auth/cognito";

const STORED = "drs-orchestration.played-user";

/** A password that is refused, and one that is for one sign-in only. */
export const WRONG_PASSWORD = "wrong";
export const TEMPORARY_PASSWORD = "temporary";

export function configureCognito(_config: RuntimeConfig): void {
  // there is none
}

export function signIn(username: string, password: string): Promise<SignInStep> {
  if (password === WRONG_PASSWORD) {
    return Promise.reject(Object.assign(new Error("wrong"), { name: "NotAuthorizedException" }));
  }
  localStorage.setItem(`${STORED}.asked`, username);
  if (password === TEMPORARY_PASSWORD) return Promise.resolve({ kind: "newPassword" });
  return enter();
}

export function answerStep(_response: string, _username: string): Promise<SignInStep> {
  return enter();
}

export function sendResetCode(_username: string): Promise<void> {
  return Promise.resolve();
}

export function replacePassword(_username: string, _code: string, _newPassword: string): Promise<void> {
  return Promise.resolve();
}

export function idToken(_renewed = false): Promise<string | undefined> {
  return Promise.resolve(localStorage.getItem(STORED) === null ? undefined : "a-played-token");
}

export function currentUser(): Promise<User | undefined> {
  const username = localStorage.getItem(STORED);
  return Promise.resolve(username === null ? undefined : { username, name: username });
}

export function endSession(): Promise<void> {
  localStorage.removeItem(STORED);
  return Promise.resolve();
}

function enter(): Promise<SignInStep> {
  localStorage.setItem(STORED, localStorage.getItem(`${STORED}.asked`) ?? "operator");
  return Promise.resolve({ kind: "done" });
}
