/** The button with which readers edit their profiles, and its form. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { User } from "../../../client/src/wire.ts";
import { AVATAR_URL_MAX_CHARS, BIO_MAX_CHARS } from "../../../feed/limits-profiles.ts";
import { NAME_MAX_CHARS } from "../../../feed/limits.ts";
import { changeProfile } from "../net/api.ts";
import { asFailure, inWords } from "../net/failure.ts";
import { announce } from "../state/changes.ts";
import { accountChanged } from "../state/session.ts";
import { Dialog } from "./dialog.tsx";

interface Props {
  user: User;
  onChange: (user: User) => void;
}

function typed(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === "string" ? value.trim() : "";
}

function Fields({ user }: Pick<Props, "user">): ComponentChildren {
  return (
    <>
      <label>
        <span>Name</span>
        <input
          name="name"
          autoComplete="name"
          required
          maxLength={NAME_MAX_CHARS}
          defaultValue={user.name}
        />
      </label>
      <label>
        <span>About you</span>
        <textarea
          name="bio"
          dir="auto"
          rows={3}
          maxLength={BIO_MAX_CHARS}
          defaultValue={user.bio}
        />
      </label>
      <label>
        <span>Address of a picture</span>
        <input
          name="picture"
          type="url"
          inputMode="url"
          autoComplete="off"
          maxLength={AVATAR_URL_MAX_CHARS}
          defaultValue={user.avatarUrl ?? ""}
        />
      </label>
    </>
  );
}

function ProfileForm({ user, onChange, close }: Props & { close: () => void }): ComponentChildren {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const save = async (form: HTMLFormElement): Promise<void> => {
    const picture = typed(form, "picture");
    const avatarUrl = picture === "" ? null : picture;
    setBusy(true);
    setProblem("");
    try {
      // An unchanged picture is not sent: its host may have been allowed only earlier.
      const changed = await changeProfile({
        name: typed(form, "name"),
        bio: typed(form, "bio"),
        ...(avatarUrl === user.avatarUrl ? {} : { avatarUrl }),
      });
      const { id, handle, name } = changed;
      accountChanged(changed);
      onChange(changed);
      announce({ type: "profile", user: { id, handle, name, avatarUrl: changed.avatarUrl } });
      close();
    } catch (thrown) {
      setProblem(inWords(asFailure(thrown)));
      setBusy(false);
    }
  };
  return (
    <form
      class="sign"
      onSubmit={(event) => {
        event.preventDefault();
        void save(event.currentTarget);
      }}
    >
      <Fields user={user} />
      <p class="problem" role="alert">
        {problem}
      </p>
      <button type="submit" class="primary" disabled={busy}>
        Save
      </button>
    </form>
  );
}

/** Opens the form. */
export function EditProfile(props: Props): ComponentChildren {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        Edit profile
      </button>
      {open && (
        <Dialog title="Edit profile" onClosed={() => setOpen(false)}>
          {(close) => <ProfileForm {...props} close={close} />}
        </Dialog>
      )}
    </>
  );
}
