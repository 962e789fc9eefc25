/* Chinese words of the rich-text editor. */
window.hugerte.addI18n("zh_CN", {
  "Blocks": "段落", "Paragraph": "正文", "Heading 2": "标题二", "Heading 3": "标题三", "Bold": "加粗", "Italic": "斜体",
  "Underline": "下划线", "Align left": "左对齐", "Align center": "居中", "Align right": "右对齐", "Bullet list": "项目符号",
  "Numbered list": "编号", "Insert/edit link": "插入或修改链接", "Insert/edit image": "插入或修改图片", "Table": "表格",
  "Clear formatting": "清除格式", "Source code": "源代码", "Fullscreen": "全屏", "Save": "保存", "Cancel": "取消", "Close": "关闭",
  "URL": "网址", "Text to display": "显示文字", "Title": "标题", "Open link in...": "打开方式", "Current window": "当前窗口",
  "New window": "新窗口", "Source": "图片地址", "Alternative description": "替代文字", "Width": "宽", "Height": "高",
  "General": "基本", "Upload": "上传", "Browse for an image": "选择图片", "Drop an image here": "把图片拖到这里", "Browse files": "选择文件",
  "Table properties": "表格属性", "Delete table": "删除表格", "Cell": "单元格", "Row": "行", "Column": "列",
  "Insert row before": "在上方插入行", "Insert row after": "在下方插入行", "Delete row": "删除行",
  "Insert column before": "在左侧插入列", "Insert column after": "在右侧插入列", "Delete column": "删除列",
  "Cell properties": "单元格属性", "Merge cells": "合并单元格", "Split cell": "拆分单元格", "Rich Text Area": "正文编辑区",
  "Rich Text Area. Press ALT-0 for help.": "正文编辑区", "Reveal or hide additional toolbar items": "更多按钮", "Link": "链接",
  "Remove link": "取消链接", "Open link": "打开链接", "Edit link": "修改链接", "Insert table": "插入表格", "Image": "图片"
});
