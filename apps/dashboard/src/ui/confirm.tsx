import { useEffect, useRef } from 'preact/hooks';
import type { ComponentChildren, JSX } from 'preact';

/** Asks before something that matters is done. Escape and a click beside it mean no. */
export function Confirm({ title, action, onYes, onNo, children }: { readonly title: string; readonly action: string; readonly onYes: () => void; readonly onNo: () => void; readonly children: ComponentChildren }): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => { element?.close(); };
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onCancel={(event) => { event.preventDefault(); onNo(); }} onClick={({ target }) => { if (target === dialog.current) onNo(); }}>
      <form method="dialog" onSubmit={(event) => { event.preventDefault(); onYes(); }}>
        <h2 id="confirm-title">{title}</h2>
        {children}
        <div class="buttons">
          <button type="button" onClick={onNo} autofocus>Keep as it is</button>
          <button type="submit" class="danger">{action}</button>
        </div>
      </form>
    </dialog>
  );
}
