/* Rich text for textarea[data-sx-editor]; without script the textarea takes simple HTML. */
(function () {
  "use strict";
  var zh = document.documentElement.lang.slice(0, 2) === "zh";
  var base = document.currentScript.src.replace(/js\/editor\.js.*$/, "vendor/hugerte-1.0.14");
  var upload = function (area) {
    return function (blob) {
      var data = new FormData();
      data.append("file", blob.blob(), blob.filename());
      return fetch(area.dataset.sxUpload, { method: "POST", body: data, headers: { "X-CSRFToken": area.dataset.sxCsrf } })
        .then(function (answer) { return answer.json().then(function (body) {
          if (!answer.ok) { throw { message: body.detail || body.message || String(answer.status), remove: true }; }
          return body.location;
        }); });
    };
  };
  Array.prototype.forEach.call(document.querySelectorAll("textarea[data-sx-editor]"), function (area) {
    window.hugerte.init({
      target: area, base_url: base, suffix: ".min", language: zh ? "zh_CN" : undefined,
      branding: false, promotion: false, menubar: false, statusbar: false, /* its status bar breaks ARIA */ height: 520, relative_urls: false, convert_urls: false,
      plugins: "lists link table image code autolink charmap fullscreen",
      toolbar: "blocks bold italic underline | alignleft aligncenter alignright | bullist numlist | link image table | removeformat code fullscreen",
      formats: {
        alignleft: { selector: "p,h2,h3,td,th,figure", classes: "align-left" },
        aligncenter: { selector: "p,h2,h3,td,th,figure", classes: "align-center" },
        alignright: { selector: "p,h2,h3,td,th,figure", classes: "align-right" },
        underline: { inline: "u" }
      },
      block_formats: zh ? "正文=p;标题二=h2;标题三=h3" : "Paragraph=p;Heading 2=h2;Heading 3=h3",
      table_default_styles: {}, table_default_attributes: {}, table_sizing_mode: "responsive", object_resizing: false,
      invalid_styles: "*",
      images_upload_handler: area.dataset.sxUpload ? upload(area) : undefined,
      automatic_uploads: true,
      setup: function (editor) {
        editor.on("change input", function () { if (area.form) { area.form.dataset.sxDirty = "1"; } });
        if (area.form) { area.form.addEventListener("submit", function () { editor.save(); delete area.form.dataset.sxDirty; }); }
      }
    });
  });
})();
