/* Shortens the way; every page works without it. Driven by data-sx-* attributes, see docs/design.md. */
(function () {
  "use strict";
  var each = function (selector, act, root) { Array.prototype.forEach.call((root || document).querySelectorAll(selector), act); };
  var zh = document.documentElement.lang.slice(0, 2) === "zh";
  var words = zh
    ? { cancel: "取消", sure: "确认", kept: "草稿已自动保存 ", unkept: "暂时没有连上，草稿尚未自动保存，请稍后按“保存草稿”。" }
    : { cancel: "Cancel", sure: "Confirm", kept: "Draft kept at ", unkept: "No connection just now; the draft is not kept yet. Please press “Save draft” later." };

  /* One submission per form: the clicked button's value goes into a hidden field before the buttons are disabled. */
  each("form[data-sx-once]", function (form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.sxSent) { event.preventDefault(); return; }
      form.dataset.sxSent = "1";
      var clicked = event.submitter;
      if (clicked && clicked.name) {
        var kept = document.createElement("input");
        kept.type = "hidden"; kept.name = clicked.name; kept.value = clicked.value; kept.dataset.sxKept = "1";
        form.appendChild(kept);
      }
      window.setTimeout(function () { each("button", function (button) { button.disabled = true; }, form); }, 0);
    });
  });
  window.addEventListener("pageshow", function () {
    each("form[data-sx-once]", function (form) {
      delete form.dataset.sxSent;
      each("[data-sx-kept]", function (kept) { kept.remove(); }, form);
      each("button", function (button) { button.disabled = false; }, form);
    });
  });

  /* Leaving asks only when something is unsaved. */
  each("form[data-sx-guard]", function (form) {
    var dirty = false;
    form.addEventListener("input", function () { dirty = true; });
    form.addEventListener("submit", function () { dirty = false; });
    form.addEventListener("sx-saved", function () { dirty = false; });
    window.addEventListener("beforeunload", function (event) {
      if (dirty || form.dataset.sxDirty === "1" && !form.dataset.sxSent) { event.preventDefault(); event.returnValue = ""; }
    });
  });

  /* A draft is kept while it is typed: what the form would send goes out when typing pauses; files wait for a button. */
  each("form[data-sx-autosave]", function (form) {
    var timer = 0, said = form.querySelector("[data-sx-autosaved]"), number = form.querySelector("input[name=version]");
    function keep() {
      if (form.dataset.sxSent) { return; }
      var data = new FormData(form);
      each("input[type=file]", function (input) { data.delete(input.name); }, form);
      data.set("button", "autosave");
      window.fetch(form.action || window.location.href, { method: "POST", body: data, credentials: "same-origin", headers: { Accept: "application/json" } })
        .then(function (answer) { return answer.json(); })
        .then(function (answer) {
          if (answer.saved) { number.value = answer.version; form.dispatchEvent(new Event("sx-saved")); }
          if (said) { said.textContent = answer.saved ? words.kept + new Date().toTimeString().slice(0, 5) : answer.message; }
        })
        .catch(function () { if (said) { said.textContent = words.unkept; } });
    }
    form.addEventListener("input", function () { window.clearTimeout(timer); timer = window.setTimeout(keep, 3000); });
    form.addEventListener("submit", function () { window.clearTimeout(timer); });
  });

  /* Confirmation that says what will happen; the focus starts on the way out. */
  each("[data-sx-confirm]", function (button) {
    button.addEventListener("click", function (event) {
      if (button.dataset.sxConfirmed || typeof HTMLDialogElement === "undefined") { return; }
      event.preventDefault();
      var dialog = document.createElement("dialog");
      dialog.className = "sx-dialog";
      var text = document.createElement("p");
      text.textContent = button.dataset.sxConfirm; text.id = "sx-dialog-text";
      dialog.setAttribute("aria-labelledby", text.id);
      var actions = document.createElement("div");
      actions.className = "sx-dialog__actions";
      var cancel = document.createElement("button"), sure = document.createElement("button");
      cancel.className = "sx-button sx-button--quiet"; cancel.textContent = words.cancel; cancel.type = "button";
      sure.className = "sx-button"; sure.textContent = button.textContent.trim() || words.sure; sure.type = "button";
      actions.append(cancel, sure); dialog.append(text, actions); document.body.append(dialog);
      cancel.addEventListener("click", function () { dialog.close(); });
      sure.addEventListener("click", function () { button.dataset.sxConfirmed = "1"; dialog.close(); button.click(); });
      dialog.addEventListener("close", function () { dialog.remove(); if (!button.dataset.sxConfirmed) { button.focus(); } });
      dialog.showModal(); cancel.focus();
    });
  });

  each("[data-sx-errors]", function (box) { box.focus(); });

  /* Menus and filters are open without script; on narrow screens they start folded. */
  if (window.matchMedia("(max-width: 960px)").matches) {
    each("details[data-sx-fold]", function (details) { details.open = false; });
  }

  each("input[data-sx-all]", function (box) {
    box.addEventListener("change", function () {
      each("input[type=checkbox][name='" + box.dataset.sxAll + "']", function (one) { one.checked = box.checked; }, box.form);
    });
  });

  /* "/" goes to the search box, except where it is typed. */
  each("input[data-sx-slash]", function (box) {
    document.addEventListener("keydown", function (event) {
      var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
      if (event.key === "/" && !typing && !event.ctrlKey && !event.altKey && !event.metaKey) { box.focus(); event.preventDefault(); }
    });
  });

  /* A list of cases: j, k and the arrows walk its links, Enter opens as on any link. */
  each("[data-sx-rows]", function (list) {
    document.addEventListener("keydown", function (event) {
      if (event.ctrlKey || event.altKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) { return; }
      var links = Array.prototype.slice.call(list.querySelectorAll("[data-sx-row]"));
      var here = links.indexOf(document.activeElement), key = event.key.toLowerCase();
      var arrow = here >= 0 ? { arrowdown: 1, arrowup: -1 }[key] : 0;
      var step = { j: 1, k: -1 }[key] || arrow;
      if (!step || !links.length) { return; }
      links[Math.min(Math.max(here + step, 0), links.length - 1)].focus();
      event.preventDefault();
    });
  });

  /* Review: a reason is only asked where an item is returned. */
  function reasons(scope) {
    each("[data-sx-item]", function (row) {
      var reason = row.querySelector("[data-sx-reason]"), chosen = row.querySelector("input[data-sx-verdict]:checked");
      if (reason) { reason.hidden = !(chosen && chosen.value === "returned"); }
    }, scope);
  }
  each("[data-sx-review]", function (form) {
    reasons(form);
    form.addEventListener("change", function (event) { if (event.target.matches("[data-sx-verdict]")) { reasons(form); } });
    each("[data-sx-accept-all]", function (button) {
      button.addEventListener("click", function () {
        each("[data-sx-item]", function (row) {
          if (!row.querySelector("input[data-sx-verdict]:checked")) {
            var accept = row.querySelector("input[value=accepted]");
            if (accept) { accept.checked = true; }
          }
        }, form);
        reasons(form);
      });
    }, form);
    document.addEventListener("keydown", function (event) {
      if (event.ctrlKey || event.altKey || event.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "radio") { return; }
      var rows = Array.prototype.slice.call(form.querySelectorAll("[data-sx-item]"));
      var here = rows.indexOf(event.target.closest ? event.target.closest("[data-sx-item]") : null);
      var key = event.key.toLowerCase();
      if (key === "j" || key === "k") {
        var next = rows[Math.min(Math.max(here + (key === "j" ? 1 : -1), 0), rows.length - 1)];
        if (next) { next.focus(); event.preventDefault(); }
      } else if ((key === "a" || key === "r") && here >= 0) {
        var radio = rows[here].querySelector(key === "a" ? "input[value=accepted]" : "input[value=returned]");
        if (!radio) { return; }
        radio.checked = true;
        reasons(form);
        event.preventDefault();
        var reason = key === "r" && rows[here].querySelector("[data-sx-reason] input");
        if (reason) { reason.focus(); }
      }
    });
    // Enter and Esc end a reason and lead back to its item; only the button sends the decision.
    form.addEventListener("keydown", function (event) {
      if ((event.key === "Enter" && !event.isComposing || event.key === "Escape") && event.target.matches("[data-sx-reason] input")) {
        event.preventDefault();
        event.target.closest("[data-sx-item]").focus();
      }
    });
  });
})();
