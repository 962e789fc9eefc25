# Thin calls of bootstrap.py, which also works without make: python3 bootstrap.py run
PYTHON ?= python3
BOOTSTRAP = $(PYTHON) bootstrap.py
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: new-plugin help run shuixin demo test check lint types imports dev docs api bench lock wheels

help:
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Use / 使用
run: ## start at http://127.0.0.1:8000 with a demonstration city; HOST= PORT= DATABASE_URL= / 启动
	@$(BOOTSTRAP) run $(ARGS)
shuixin: ## any command of the platform: make shuixin ARGS="plugins list" / 执行平台命令
	@$(BOOTSTRAP) shuixin $(ARGS)
demo: ## fill an empty database with invented data; ARGS="--enterprises 300" / 填入演示数据
	@$(BOOTSTRAP) demo $(ARGS)

##@ Check / 检查
test: ## lint, types, imports and all tests; says what was skipped and why; ARGS= for pytest / 全部检查与测试
	@$(BOOTSTRAP) test $(ARGS)
check: ## the same, the name that CI and people use before a commit / 提交前检查
	@$(BOOTSTRAP) check $(ARGS)
lint: ## ruff; ARGS="--fix ." repairs / 代码风格
	@$(BOOTSTRAP) lint $(ARGS)
types: ## mypy, strict / 类型
	@$(BOOTSTRAP) types $(ARGS)
imports: ## who may import whom (.importlinter) / 导入规则
	@$(BOOTSTRAP) imports $(ARGS)

##@ Develop / 开发
new-plugin: ## write a whole plugin: make new-plugin NAME=flood_notes / 新建插件
	@$(BOOTSTRAP) new-plugin $(NAME) $(ARGS)
dev: ## make .venv with the developer's tools / 准备开发环境
	@$(BOOTSTRAP) dev
docs: ## docs/hooks.md from the specifications / 生成钩子参考
	@$(BOOTSTRAP) docs $(ARGS)
api: ## tests/contract/public_api.txt, after a news fragment / 更新公共接口快照
	@$(BOOTSTRAP) api $(ARGS)
bench: ## what the platform costs, compared with bare Flask / 平台开销对比
	@$(BOOTSTRAP) bench $(ARGS)
lock: ## pin requirements/*.in with hashes; ARGS=--upgrade / 锁定依赖
	@$(BOOTSTRAP) lock $(ARGS)
wheels: ## fill wheels/ for an installation without a network; ARGS=--authors / 离线安装包
	@$(BOOTSTRAP) wheels $(ARGS)
